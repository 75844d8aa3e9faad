/// The lines of a text one after the other, and the words of a line.
struct TextLines {
  private let text: [UInt8]
  private var position = 0

  init(_ text: [UInt8]) { self.text = text }

  /// Without its line feed; nil at the end.
  mutating func next() -> ArraySlice<UInt8>? {
    if position >= text.count { return nil }
    let start = position
    while position < text.count, text[position] != 0x0a { position += 1 }
    defer { position += 1 }
    return text[start..<position]
  }

  /// A word of a line, by its number; words are parted by spaces and tabs. Empty if there are not so many.
  static func word(_ line: ArraySlice<UInt8>, _ number: Int) -> ArraySlice<UInt8> {
    var at = line.startIndex
    var left = number
    while true {
      while at < line.endIndex, isSpace(line[at]) { at += 1 }
      let start = at
      while at < line.endIndex, !isSpace(line[at]) { at += 1 }
      if left == 0 || at == line.endIndex { return left == 0 ? line[start..<at] : [] }
      left -= 1
    }
  }

  private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
}
