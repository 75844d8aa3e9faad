/// The textual encoding of keys and certificates, RFC 7468: base 64 in lines of 64 digits between two marker lines, LF at the ends.
enum PEM {
  private static let dashes: [UInt8] = [0x2d, 0x2d, 0x2d, 0x2d, 0x2d]
  private static let lineLength = 64

  /// The text of a certificate or of another thing that is not secret.
  static func encode(_ label: StaticString, _ der: [UInt8]) -> [UInt8] {
    var out: [UInt8] = []
    out.reserveCapacity(size(label, der.count))
    write(label, ArraySource(der)) { out.append($0) }
    return out
  }

  /// The first block with this label. Text before it and other blocks are passed over; white space between the digits is allowed.
  /// Throws `.invalid` if there is no such block or it is not well-formed.
  static func decode(_ label: StaticString, _ text: [UInt8]) throws(AgentError) -> [UInt8] {
    var out: [UInt8] = []
    try read(label, ArraySource(text)) { out.append($0) }
    return out
  }

  // MARK: - For bytes that must not be held in an array

  /// Bytes of text for `count` bytes.
  static func size(_ label: StaticString, _ count: Int) -> Int {
    let digits = (count + 2) / 3 * 4
    return 2 * label.utf8CodeUnitCount + 32 + digits + (digits + lineLength - 1) / lineLength
  }

  /// Hands on the text byte by byte.
  static func write(
    _ label: StaticString, _ der: ByteSource, _ put: (UInt8) -> Void
  ) {
    for byte in bytes("-----BEGIN ") + bytes(label) + bytes("-----\n") { put(byte) }
    var column = 0
    for start in stride(from: 0, to: der.count, by: 3) {
      let left = der.count - start
      let group =
        UInt32(der[start]) << 16 | (left > 1 ? UInt32(der[start + 1]) << 8 : 0) | (left > 2 ? UInt32(der[start + 2]) : 0)
      for place in 0..<4 {
        let value = UInt8(truncatingIfNeeded: group >> UInt32(18 - 6 * place)) & 63
        put(place > left ? UInt8(ascii: "=") : Base64.digit(value))
      }
      column += 4
      if column == lineLength || left <= 3 {
        put(UInt8(ascii: "\n"))
        column = 0
      }
    }
    for byte in bytes("-----END ") + bytes(label) + bytes("-----\n") { put(byte) }
  }

  /// Whether there is a block with this label.
  static func contains(_ label: StaticString, _ text: ByteSource) -> Bool {
    find(bytes("-----BEGIN ") + bytes(label) + dashes, text, from: 0) != nil
  }

  /// As `decode`, but hands on the bytes one by one, fewer than `text` has.
  static func read(
    _ label: StaticString, _ text: ByteSource, _ put: (UInt8) -> Void
  ) throws(AgentError) {
    let begin = bytes("-----BEGIN ") + bytes(label) + dashes
    guard let marker = find(begin, text, from: 0) else { throw .invalid("no PEM block of the kind expected") }
    var position = marker + begin.count
    var group: UInt32 = 0
    var digits = 0
    var padding = 0
    while position < text.count, text[position] != UInt8(ascii: "-") {
      let byte = text[position]
      position += 1
      if byte == 0x0a || byte == 0x0d || byte == 0x20 || byte == 0x09 { continue }
      if byte == UInt8(ascii: "=") {
        padding += 1
        continue
      }
      guard padding == 0, let value = Base64.value(byte) else { throw malformed }
      group = (group << 6 | UInt32(value)) & 0xffffff
      digits += 1
      if digits % 4 != 1 { put(UInt8(truncatingIfNeeded: group >> UInt32(6 - 2 * ((digits + 3) % 4)))) }
    }
    // two or three digits at the end are one or two bytes and bits that must be zero
    let unused: UInt32 = [0, 0, 0xf, 0x3][digits % 4]
    guard digits > 0, (digits + padding) % 4 == 0, padding <= 2, group & unused == 0,
      find(bytes("-----END ") + bytes(label) + dashes, text, from: position) == position
    else { throw malformed }
  }

  /// Where `pattern` starts at the beginning of a line, at or behind `from`, which counts as one.
  private static func find(
    _ pattern: [UInt8], _ text: ByteSource, from: Int
  ) -> Int? {
    var position = from
    while pattern.count <= text.count - position {
      if DER.matches(text, position..<position + pattern.count, pattern) { return position }
      while position < text.count, text[position] != 0x0a { position += 1 }
      position += 1
    }
    return nil
  }

  private static var malformed: AgentError { .invalid("malformed PEM") }
}
