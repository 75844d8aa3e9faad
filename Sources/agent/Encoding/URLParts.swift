/// The parts of a URL: `<scheme>://<host>[:<port>][/<path>]` in printable ASCII, without user name, query and fragment.
struct URLParts {
  /// Host and port as given.
  let authority: [UInt8]
  /// A name or an address; an IPv6 address without its brackets.
  let host: [UInt8]
  /// Nil if none is given.
  let port: UInt64?
  /// Without trailing slashes.
  let path: [UInt8]

  /// Nil for any other text.
  init?(_ url: [UInt8], scheme: StaticString) {
    guard url.hasPrefix(scheme), url.dropFirst(scheme.utf8CodeUnitCount).hasPrefix("://") else { return nil }
    for byte in url where byte <= 0x20 || byte >= 0x7f || byte == UInt8(ascii: "?") || byte == UInt8(ascii: "#") { return nil }
    let rest = url[(scheme.utf8CodeUnitCount + 3)...]
    let authority = rest.prefix { $0 != UInt8(ascii: "/") }
    var path = rest[authority.endIndex...]
    while path.last == UInt8(ascii: "/") { path.removeLast() }
    var host = authority
    var port: UInt64?
    if let colon = authority.lastIndex(of: UInt8(ascii: ":")), authority.last != UInt8(ascii: "]") {
      host = authority[..<colon]
      port = parseDecimal(authority[(colon + 1)...])
      if port == nil { return nil }
    }
    if host.first == UInt8(ascii: "["), host.last == UInt8(ascii: "]"), host.contains(UInt8(ascii: ":")) {
      host = host.dropFirst().dropLast()
    } else {
      for byte in host where !(isLetter(byte) || isDigit(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")) {
        return nil
      }
    }
    if host.isEmpty { return nil }
    self.authority = Array(authority)
    self.host = Array(host)
    self.port = port
    self.path = Array(path)
  }
}
