/// A text's size in bytes: as it is, inside a JSON string, and as the content of an HTML element.
struct TextSize {
  var plain = 0
  var json = 0
  var html = 0

  /// Of `count` bytes that need no escaping.
  init(_ count: Int = 0) { (plain, json, html) = (count, count, count) }

  static func + (left: TextSize, right: TextSize) -> TextSize {
    var sum = left
    sum.plain += right.plain
    sum.json += right.json
    sum.html += right.html
    return sum
  }
}

/// Measures a text that comes in pieces.
struct TextMeter {
  private(set) var size = TextSize()
  private var scalars = UTF8Scalars()

  @inline(never)
  mutating func add(_ text: ArraySlice<UInt8>) {
    var found = TextSize()
    for byte in text {
      if byte < 0x80, scalars.isComplete {
        found.add(UInt32(byte))
      } else {
        scalars.take(byte) { found.add($0) }
      }
    }
    found.plain = text.count
    size = size + found
  }

  /// At the end of the text.
  mutating func finish() {
    var found = TextSize()
    scalars.finish { found.add($0) }
    size = size + found
  }
}

extension TextSize {
  /// Adds the size of a character as `JSONEscaper` and `ByteBuffer.appendHTML` write it.
  fileprivate mutating func add(_ scalar: UInt32) {
    let (json, html) =
      switch scalar {
      case 0x22: (2, 6)
      case 0x26, 0x27: (1, 5)
      case 0x3c, 0x3e: (1, 4)
      case 0x5c, 0x09, 0x0a: (2, 1)
      case 0x0d: (2, 3)
      case 0x20..<0x7f: (1, 1)
      case 0..<0x80: (6, 3)
      case 0x80..<0x800: (6, 2)
      case 0x800..<0x10000: (6, 3)
      default: (12, 4)
      }
    self.json += json
    self.html += html
  }
}
