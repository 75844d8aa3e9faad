/// What the certificate of a service or a client should contain; all of it is optional.
final class LeafRequest {
  /// One of the protocol's own extensions, 1.3.6.1.4.1.62397.1.`number`.
  typealias Extension = (number: UInt8, content: BodyReader)

  /// The common name, UTF-8. If it is empty, the key's identifier in hex.
  var subject: [UInt8]
  /// IP addresses as text, and DNS names.
  var altNames: [[UInt8]] = []
  var serverAuth = false
  var clientAuth: Bool
  /// Seconds since 1970; nil for 1975-01-01.
  var notBefore: UInt64?
  /// Seconds since 1970; nil for 3650 days from now.
  var notAfter: UInt64?
  /// Whether there is a usage extension, with `app:custom`.
  var isForApp: Bool
  /// The protocol's own extensions, besides the usage.
  var extensions: [Extension]

  init(subject: [UInt8] = [], clientAuth: Bool = false, isForApp: Bool = true, extensions: [Extension] = []) {
    (self.subject, self.clientAuth) = (subject, clientAuth)
    (self.isForApp, self.extensions) = (isForApp, extensions)
  }

  /// Throws what issuing would throw for an invalid request.
  @inline(never)
  func check() throws(AgentError) {
    _ = try validity(now: Clock.unix())
    _ = try Certificate.name(subject)
    _ = try generalNames()
  }

  /// The first and the last second. Throws `.invalid` for a date after the year 9999, and unless the start is before the end.
  func validity(now: Int64) throws(AgentError) -> (notBefore: Int64, notAfter: Int64) {
    let start = try Self.date(notBefore) ?? CertificateTime.defaultStart
    let end = try Self.date(notAfter) ?? now + CertificateTime.defaultSpan
    guard start < end else { throw .invalid("not_before must be earlier than not_after") }
    return (start, end)
  }

  /// GeneralName elements. Throws `.invalid` for too many names, for one that is empty or too long, and for bytes that no host name has:
  /// control characters, space and non-ASCII.
  func generalNames() throws(AgentError) -> [UInt8] {
    guard altNames.count <= Limits.altNames else { throw .invalid("more than 256 alternative names") }
    var out: [UInt8] = []
    for name in altNames {
      guard !name.isEmpty else { throw .invalid("an alternative name is empty") }
      guard name.count <= Limits.altName else { throw .invalid("an alternative name is longer than 253 bytes") }
      guard name.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
        throw .invalid("an alternative name has characters other than printable ASCII")
      }
      // in 4 bytes: some readers, such as Go's, refuse a certificate with a mapped address
      let address = IPAddress.parse(name).map(IPAddress.unmapped)
      out += DER.element(DER.context(address == nil ? 2 : 7, constructed: false), address ?? name)
    }
    return out
  }

  private static func date(_ seconds: UInt64?) throws(AgentError) -> Int64? {
    guard let seconds else { return nil }
    guard let date = Int64(exactly: seconds), CertificateTime.range.contains(date) else {
      throw .invalid("a date is after the year 9999")
    }
    return date
  }
}
