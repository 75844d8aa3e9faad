/// What a certificate for a service or client shall say. Nothing but the key is needed.
struct LeafRequest {
  /// One of the protocol's own, 1.3.6.1.4.1.62397.1.`number`.
  typealias Extension = (number: UInt8, content: BodyReader)

  /// UTF-8, the common name. If empty, the hex digits of the key's identifier.
  var subject: [UInt8] = []
  /// IP addresses in text form, and DNS names.
  var altNames: [[UInt8]] = []
  var serverAuth = false
  var clientAuth = false
  /// Seconds since 1970; nil for 1975.
  var notBefore: UInt64?
  /// Seconds since 1970; nil for 3650 days from now.
  var notAfter: UInt64?
  /// Whether the protocol's usage is `app:custom`, else none.
  var isForApp = true
  /// The protocol's own extensions, beside the usage.
  var extensions: [Extension] = []

  /// Throws what issuing throws for a request that asks for what cannot be.
  @inline(never)
  func check() throws(AgentError) {
    _ = try validity(now: Clock.unix())
    _ = try Certificate.name(subject)
    _ = try generalNames()
  }

  /// The first and last second. Throws `.invalid` for dates after the year 9999 and for a start that does not lie before the end.
  func validity(now: Int64) throws(AgentError) -> (notBefore: Int64, notAfter: Int64) {
    let start = try Self.date(notBefore) ?? CertificateTime.defaultStart
    let end = try Self.date(notAfter) ?? now + CertificateTime.defaultSpan
    guard start < end else { throw .invalid("not_before must be earlier than not_after") }
    return (start, end)
  }

  /// GeneralName elements. Throws `.invalid` for too many, for an empty or too long one and for bytes that no host name has:
  /// control characters, space and all that is not ASCII.
  func generalNames() throws(AgentError) -> [UInt8] {
    guard altNames.count <= Limits.altNames else { throw .invalid("more than 256 alternative names") }
    var out: [UInt8] = []
    for name in altNames {
      guard !name.isEmpty else { throw .invalid("an alternative name is empty") }
      guard name.count <= Limits.altName else { throw .invalid("an alternative name is longer than 253 bytes") }
      guard name.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
        throw .invalid("an alternative name has characters other than printable ASCII")
      }
      // as its 4 bytes: there are readers, Go's one, that refuse a certificate with a mapped address
      let address = IPAddress.parse(name).map(IPAddress.unmapped)
      out += DER.element(DER.context(address == nil ? 2 : 7, constructed: false), address ?? name)
    }
    return out
  }

  private static func date(_ seconds: UInt64?) throws(AgentError) -> Int64? {
    guard let seconds else { return nil }
    guard let date = Int64(exactly: seconds), CertificateTime.range.contains(date) else {
      throw .invalid("a date lies after the year 9999")
    }
    return date
  }
}
