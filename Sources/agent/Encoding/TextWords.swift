/// The words of a text, in order, separated by white space.
struct TextWords: Sequence, IteratorProtocol {
  /// What follows the words read so far, without white space around it.
  private(set) var rest: ArraySlice<UInt8>

  init(_ text: ArraySlice<UInt8>) {
    rest = text.drop(while: Self.isSpace)
    while let last = rest.last, Self.isSpace(last) { rest.removeLast() }
  }

  @inline(never)
  mutating func next() -> ArraySlice<UInt8>? {
    if rest.isEmpty { return nil }
    let word = rest.prefix { !Self.isSpace($0) }
    rest = rest[word.endIndex...].drop(while: Self.isSpace)
    return word
  }

  /// The word at an index; empty if there is none.
  subscript(number: Int) -> ArraySlice<UInt8> {
    var words = self
    for _ in 0..<number { _ = words.next() }
    return words.next() ?? []
  }

  private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte >= 0x09 && byte <= 0x0d }
}
