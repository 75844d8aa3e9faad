/// Members that are secret: their values go straight into locked memory.
extension JSONObject {
  /// A key of at most 64 bytes in hex; nil if there is no such member.
  func key(_ name: StaticString) -> Secret? { read(name, Self.key) }

  /// A key in PEM, at most `Limits.keyPEM` bytes. Throws what was wrong first if there is none.
  func pem(_ name: StaticString) throws(AgentError) -> Secret {
    guard let text = read(name, Self.pem) else { throw fail(name, "is missing") }
    return text
  }

  private static func pem(_ reader: inout JSONReader) throws(AgentError) -> Secret {
    var text = try Secret(capacity: Limits.keyPEM)
    var fits = true
    try reader.string { fits = text.append($0) && fits }
    guard fits else { throw .failed("is too long") }
    return text
  }

  /// One digit after the other goes into locked memory.
  private static func key(_ reader: inout JSONReader) throws(AgentError) -> Secret {
    var key = try Secret(capacity: 64)
    var high: UInt8?
    var isHex = true
    var fits = true
    try reader.string { digit in
      guard let nibble = Hex.value(digit) else {
        isHex = false
        return
      }
      if let first = high {
        fits = key.append(first << 4 | nibble) && fits
        high = nil
      } else {
        high = nibble
      }
    }
    guard isHex, high == nil else { throw .failed("is not hex") }
    guard fits else { throw .failed("has a wrong length") }
    return key
  }
}
