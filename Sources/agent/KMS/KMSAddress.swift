/// Where a KMS is: `https://<name or address>[:<port>][/<path>]`.
final class KMSAddress {
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
    guard url.count <= Limits.kmsURL, let parts = URLParts(url, scheme: "https"), parts.host.count <= Limits.altName,
      let port = UInt16(exactly: parts.port ?? 443), port > 0,
      IPAddress.parse(parts.host) != nil || !parts.host.contains(UInt8(ascii: ":"))
    else { throw .invalid("is no https URL") }
    self.url = url
    host = parts.host
    authority = parts.authority
    self.port = port
    path = parts.path
  }
}
