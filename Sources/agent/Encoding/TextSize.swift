/// Bytes of a text: as it is, inside of a JSON string, and as the content of an HTML element.
struct TextSize {
  var plain = 0
  var json = 0
  var html = 0

  /// Of so many bytes that stand for themselves everywhere.
  init(_ count: Int = 0) { (plain, json, html) = (count, count, count) }

  static func + (left: TextSize, right: TextSize) -> TextSize {
    var sum = left
    sum.plain += right.plain
    sum.json += right.json
    sum.html += right.html
    return sum
  }
}

/// Finds out the sizes of a text that comes in pieces.
struct TextMeter {
  private(set) var size = TextSize()
  private var scalars = UTF8Scalars()

  @inline(never)
  mutating func add(_ text: ArraySlice<UInt8>) {
    var found = TextSize()
    let run = { (run: ArraySlice<UInt8>) in
      found.json += run.count
      for byte in run { found.html += ByteBuffer.htmlSize(byte) }
    }
    scalars.take(text, run: run) { scalar in
      found.json += JSONEscaper.size(scalar)
      UTF8Text.write(scalar) { found.html += ByteBuffer.htmlSize($0) }
    }
    found.plain = text.count
    size = size + found
  }

  /// At the end of the text.
  mutating func finish() {
    var found = TextSize()
    // U+FFFD
    scalars.finish { _ in (found.json, found.html) = (6, 3) }
    size = size + found
  }
}
