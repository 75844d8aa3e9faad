/// Describes a long text to another process that also holds its longest parts: it names those, and writes out the rest.
final class BodyRecipe {
  /// What comes next; each step is followed by the length of its data in four bytes, then the data. Literal bytes; a part that both
  /// processes hold (which store, the form, whether it comes first, how many events in four bytes); the start and the end of text in PEM
  /// lines.
  enum Step: UInt8 { case bytes, shared, lines, end }

  let out = ByteBuffer()
  /// How many events of the second store the other end must have; nil if it needs no store.
  private(set) var needed: Int?
  private let (first, second): (ObjectIdentifier, ObjectIdentifier)

  /// `first` and `second` are the stores that both processes hold.
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

  /// The first `count` events of a store, in a form; false if the other end does not hold the store.
  func append(_ count: Int, of store: ObjectIdentifier, form: Int, isFirst: Bool) -> Bool {
    let isSecond = store == second
    guard isSecond || store == first else { return false }
    let head: [UInt8] = [isSecond ? 1 : 0, UInt8(truncatingIfNeeded: form), isFirst ? 1 : 0]
    append(.shared, (head + LittleEndian.encode(UInt32(count)))[...])
    needed = max(needed ?? 0, isSecond ? count : 0)
    return true
  }
}
