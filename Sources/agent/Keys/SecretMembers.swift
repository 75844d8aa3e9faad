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

  private static func key(_ reader: inout JSONReader) throws(AgentError) -> Secret {
    var digits = try Secret(capacity: 128)
    var fits = true
    try reader.string { fits = digits.append($0) && fits }
    guard fits else { throw .failed("has a wrong length") }
    return try Secret(hex: digits)
  }
}
