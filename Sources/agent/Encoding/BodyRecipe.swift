/// What a long text is made of, for another process that has the longest parts as well: these are named, all else is written down.
final class BodyRecipe {
  /// What comes next, each with the bytes that belong to it behind their number: bytes; a part that both have (which store, the form,
  /// whether it is the first, how much in four bytes); the beginning and the end of what stands in lines of PEM.
  enum Step: UInt8 { case bytes, shared, lines, end }

  let out = ByteBuffer()
  /// How much of the second store the other end must have; nil if it needs none of them.
  private(set) var needed: Int?
  private let (first, second): (ObjectIdentifier, ObjectIdentifier)

  /// The stores are what both have.
  init(sharing first: ObjectIdentifier, _ second: ObjectIdentifier) { (self.first, self.second) = (first, second) }

  @inline(never)
  func append(_ step: Step, _ data: ArraySlice<UInt8> = []) {
    out.append(step.rawValue)
    out.appendLittle(UInt64(data.count), 4)
    out.append(data)
  }

  func append(_ data: ArraySlice<UInt8>) {
    if !data.isEmpty { append(.bytes, data) }
  }

  /// The first `count` of a store, in a form; false if the other end does not have it.
  func append(_ count: Int, of store: ObjectIdentifier, form: Int, isFirst: Bool) -> Bool {
    let isSecond = store == second
    guard isSecond || store == first else { return false }
    let head: [UInt8] = [isSecond ? 1 : 0, UInt8(truncatingIfNeeded: form), isFirst ? 1 : 0]
    append(.shared, (head + LittleEndian.encode(UInt32(count)))[...])
    needed = max(needed ?? 0, isSecond ? count : 0)
    return true
  }
}
