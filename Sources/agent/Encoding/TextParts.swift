/// The parts of a text between separators, in order: one more than there are separators.
struct TextParts: Sequence, IteratorProtocol {
  private var rest: ArraySlice<UInt8>?
  private let separator: UInt8

  init(_ text: ArraySlice<UInt8>, by separator: UInt8) {
    rest = text
    self.separator = separator
  }

  /// The lines of a text, without their line feeds.
  @inline(never)
  init(linesOf text: [UInt8]) { self.init(text[...], by: 0x0a) }

  @inline(never)
  mutating func next() -> ArraySlice<UInt8>? {
    guard let text = rest else { return nil }
    let end = text.firstIndex(of: separator)
    rest = end.map { text[($0 + 1)...] }
    return text[..<(end ?? text.endIndex)]
  }
}
