/// The address of a KMS: `https://<name or address>[:<port>][/<path>]`.
final class KMSAddress {
  /// As given.
  let url: [UInt8]
  /// The name or address, without the brackets of IPv6.
  let host: [UInt8]
  /// Host and port, as in the Host field.
  let authority: [UInt8]
  let port: UInt16
  /// Without trailing slashes.
  let path: [UInt8]

  /// Throws `.invalid` for any other text, and for anything but printable ASCII without spaces.
  init(_ url: [UInt8]) throws(AgentError) {
    guard url.count <= Limits.kmsURL, let parts = URLParts(url, scheme: "https"), parts.host.count <= Limits.altName,
      let port = UInt16(exactly: parts.port ?? 443), port > 0,
      IPAddress.parse(parts.host) != nil || !parts.host.contains(UInt8(ascii: ":"))
    else { throw .invalid("is not a valid https URL") }
    self.url = url
    host = parts.host
    authority = parts.authority
    self.port = port
    path = parts.path
  }
}
