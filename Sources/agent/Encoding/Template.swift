extension ByteBuffer {
  /// Where a value goes, which decides how it is escaped.
  enum Place {
    /// The content of an element, or a quoted attribute.
    case html
    /// A label of Prometheus' text format.
    case label
  }

  /// Writes our own text, with each `~` replaced by the next value. Values are escaped and become well-formed UTF-8; in HTML, control
  /// characters except tab and line feed become U+FFFD.
  func fill(_ template: StaticString, _ values: [[UInt8]], for place: Place = .html) {
    var next = 0
    template.forEachByte { byte in
      guard byte == UInt8(ascii: "~"), next < values.count else { return append(byte) }
      escape(values[next], place)
      next += 1
    }
  }

  /// The same with one value.
  @inline(never)
  func fill(_ template: StaticString, _ value: [UInt8]) { fill(template, [value]) }

  @inline(never)
  private func escape(_ value: [UInt8], _ place: Place) {
    var text: [UInt8] = []
    var repair = UTF8Repair()
    repair.write(value[...], to: &text)
    repair.finish(to: &text)
    for byte in text {
      if let entity = place == .html ? Self.entity(byte) : Self.labelEscape(byte) { append(entity) } else { append(byte) }
    }
  }

  /// Appends ASCII text as the content of an element.
  func appendHTML(_ text: [UInt8]) { escape(text, .html) }

  private static func entity(_ byte: UInt8) -> StaticString? {
    switch byte {
    case UInt8(ascii: "&"): "&amp;"
    case UInt8(ascii: "<"): "&lt;"
    case UInt8(ascii: ">"): "&gt;"
    case UInt8(ascii: "\""): "&quot;"
    case UInt8(ascii: "'"): "&#39;"
    case 0x09, 0x0a, 0x20..<0x7f, 0x80...: nil
    default: "\u{fffd}"
    }
  }

  private static func labelEscape(_ byte: UInt8) -> StaticString? {
    switch byte {
    case 0x0a: "\\n"
    case 0x22: "\\\""
    case 0x5c: "\\\\"
    default: nil
    }
  }
}
