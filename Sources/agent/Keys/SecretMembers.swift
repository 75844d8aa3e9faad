/// Secret members: their values go straight into locked memory.
extension JSONObject {
  /// A key of at most 64 bytes in hex; nil if there is no such member.
  func key(_ name: StaticString) -> Secret? {
    read(name) { (reader) throws(AgentError) in try Secret(hex: Self.text(&reader, 128, "has a wrong length")) }
  }

  /// A key in PEM, at most `Limits.keyPEM` bytes. If there is none, throws the first error in the document.
  func pem(_ name: StaticString) throws(AgentError) -> Secret {
    let text = read(name) { (reader) throws(AgentError) in try Self.text(&reader, Limits.keyPEM, "is too long") }
    guard let text else { throw firstError(name, "is missing") }
    return text
  }

  private static func text(_ reader: inout JSONReader, _ limit: Int, _ refusal: StaticString) throws(AgentError) -> Secret {
    var text = try Secret(capacity: limit)
    var fits = true
    try reader.string { fits = text.append($0) && fits }
    guard fits else { throw .failed(refusal) }
    return text
  }
}
