/// Where a KMS is: `https://<name or address>[:<port>][/<path>]`.
struct KMSAddress {
  /// As it is given.
  let url: [UInt8]
  /// The name or address, without the brackets of IPv6.
  let host: [UInt8]
  /// Name or address and port as the field Host has them.
  let authority: [UInt8]
  let port: UInt16
  /// Without the slash at its end.
  let path: [UInt8]

  /// Throws `.invalid` for any other text, of which only printable ASCII without spaces is taken.
  init(_ url: [UInt8]) throws(AgentError) {
    guard url.hasPrefix("https://"), url.count <= Limits.kmsURL else { throw Self.malformed }
    for byte in url where byte <= 0x20 || byte >= 0x7f || byte == UInt8(ascii: "?") || byte == UInt8(ascii: "#") {
      throw Self.malformed
    }
    let rest = url[8...]
    let end = rest.firstIndex(of: UInt8(ascii: "/")) ?? rest.endIndex
    let authority = rest[..<end]
    var path = rest[end...]
    while path.last == UInt8(ascii: "/") { path.removeLast() }
    var host = authority
    var portText: ArraySlice<UInt8>?
    if let colon = authority.lastIndex(of: UInt8(ascii: ":")), authority.last != UInt8(ascii: "]") {
      host = authority[..<colon]
      portText = authority[(colon + 1)...]
    }
    if host.first == UInt8(ascii: "[") {
      guard host.count > 2, host.last == UInt8(ascii: "]") else { throw Self.malformed }
      host = host[(host.startIndex + 1)..<(host.endIndex - 1)]
      guard IPAddress.parse(Array(host))?.count == 16 else { throw Self.malformed }
    } else {
      // a name's own characters; what has a colon or a user's name in front is refused
      for byte in host where !(isLetter(byte) || isDigit(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")) {
        throw Self.malformed
      }
    }
    guard !host.isEmpty, host.count <= Limits.altName else { throw Self.malformed }
    guard let port = portText.map({ parseDecimal($0) }) ?? 443, let port = UInt16(exactly: port), port > 0 else {
      throw Self.malformed
    }
    self.url = url
    self.host = Array(host)
    self.authority = Array(authority)
    self.port = port
    self.path = Array(path)
  }

  private static var malformed: AgentError { .invalid("is no https URL") }
}
