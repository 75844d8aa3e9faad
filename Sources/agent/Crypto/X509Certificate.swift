import CMbedTLS

/// An X.509 certificate of version 3 (RFC 5280 §4.1), parsed by Mbed TLS. No signature is verified here.
final class X509Certificate {
  /// For `TLSClient`.
  let parsed: UnsafeMutablePointer<mbedtls_x509_crt>
  /// The connection that it came from and that frees it; nil if it is freed here.
  private let connection: TLSClient?

  /// Throws `.invalid` if it is malformed, of another version, or has a kind of key or signature that Mbed TLS is built without.
  init(der: [UInt8]) throws(AgentError) {
    parsed = .allocate(capacity: 1)
    connection = nil
    mbedtls_x509_crt_init(parsed)
    // Mbed TLS ignores bytes after the certificate
    guard mbedtls_x509_crt_parse_der(parsed, der, der.count) == 0, parsed.pointee.raw.len == der.count else {
      throw .invalid("the certificate is malformed, or does not use P-256")
    }
    guard parsed.pointee.version == 3 else { throw .invalid("the certificate is not of version 3") }
  }

  /// The first certificate of a PEM text. Throws like `init(der:)`, and if there is none.
  convenience init(pem text: [UInt8]) throws(AgentError) {
    try self.init(der: try PEM.read("CERTIFICATE", in: text, text.count).plain())
  }

  /// The certificate that the peer of a connection has presented.
  init(_ shown: UnsafePointer<mbedtls_x509_crt>, on connection: TLSClient) {
    parsed = UnsafeMutablePointer(mutating: shown)
    self.connection = connection
  }

  deinit {
    if connection != nil { return }
    mbedtls_x509_crt_free(parsed)
    parsed.deallocate()
  }

  /// The DER Name, byte for byte: verifiers compare it with the issuer of what the CA signs.
  var subject: [UInt8] { Elements(parsed.pointee.subject_raw).bytes }

  /// DER SubjectPublicKeyInfo.
  var publicKey: [UInt8] { Elements(parsed.pointee.pk_raw).bytes }

  /// The content of the subjectKeyIdentifier extension; nil if there is none.
  var keyIdentifier: [UInt8]? { octets(OID.subjectKeyIdentifier) }

  /// The content of one of the protocol's own extensions; nil if there is none.
  func dstackExtension(_ number: UInt8) -> [UInt8]? { octets(OID.dstack(number)) }

  /// Whether an IP address, in network order, is among the alternative names. A mapped IPv4 address equals the plain one.
  func isFor(_ address: [UInt8]) -> Bool {
    let wanted = IPAddress.unmapped(address)
    var next: mbedtls_x509_sequence? = parsed.pointee.subject_alt_names
    while let name = next {
      if name.buf.tag == DER.context(7, constructed: false), IPAddress.unmapped(Elements(name.buf).bytes) == wanted {
        return true
      }
      next = name.next?.pointee
    }
    return false
  }

  /// The content of an extension that is an OCTET STRING; nil if there is none.
  private func octets(_ oid: [UInt8]) -> [UInt8]? {
    var list = Elements(parsed.pointee.v3_ext)
    guard var list = list.take(DER.sequence) else { return nil }
    while var fields = list.take(DER.sequence), let name = fields.take(DER.objectIdentifier) {
      guard name.bytes == oid else { continue }
      _ = fields.take(DER.boolean)
      var value = fields.take(DER.octetString)
      let content = value?.take(DER.octetString)?.bytes
      return value?.bytes == [] ? content : nil
    }
    return nil
  }
}

/// DER elements of a certificate, valid while the certificate exists.
private struct Elements {
  private var at: UnsafeMutablePointer<UInt8>?
  private let end: UnsafeMutablePointer<UInt8>?

  init(_ buffer: mbedtls_asn1_buf) {
    at = buffer.p
    end = buffer.p.map { $0 + buffer.len }
  }

  var bytes: [UInt8] {
    guard let at, let end else { return [] }
    return Array(UnsafeBufferPointer(start: at, count: end - at))
  }

  /// Takes the content of the next element; nil if it has another tag.
  mutating func take(_ tag: UInt8) -> Elements? {
    var count = 0
    guard at != nil, mbedtls_asn1_get_tag(&at, end, &count, Int32(tag)) == 0 else { return nil }
    let content = mbedtls_asn1_buf(tag: Int32(tag), len: count, p: at)
    at = at.map { $0 + count }
    return Elements(content)
  }
}
