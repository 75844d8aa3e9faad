/// What is read of a certificate (RFC 5280 §4.1). No signature is verified.
struct CertificateReader {
  /// DER Name, byte for byte: verifiers compare it with the issuer of what the CA signs.
  let subject: [UInt8]
  /// DER SubjectPublicKeyInfo.
  let publicKey: [UInt8]
  private let der: ArraySource
  /// Where the extensions lie; empty if there are none.
  private let extensions: Range<Int>

  /// Reads the first certificate of a PEM text. Throws `.invalid` if there is none or it is malformed.
  init(pem: [UInt8]) throws(AgentError) { try self.init(der: PEM.decode("CERTIFICATE", pem)) }

  init(der: [UInt8]) throws(AgentError) {
    let der = ArraySource(der)
    self.der = der
    var certificate = try DER.only(DER.sequence, der, 0..<der.count)
    var body = try DER.take(DER.sequence, der, &certificate)
    let version = try DER.takeAny(der, &body)
    guard DER.matches(der, version, DER.element(DER.context(0, constructed: true), DER.unsigned([2]))) else {
      throw .invalid("the certificate is not of version 3")
    }
    _ = try DER.take(DER.integer, der, &body)
    _ = try DER.take(DER.sequence, der, &body)
    _ = try DER.take(DER.sequence, der, &body)
    _ = try DER.take(DER.sequence, der, &body)
    subject = der.bytes(try DER.takeAny(der, &body))
    publicKey = der.bytes(try DER.takeAny(der, &body))
    // issuerUniqueID and subjectUniqueID
    for tag in [DER.context(1, constructed: false), DER.context(2, constructed: false)] where DER.tag(der, body) == tag {
      _ = try DER.take(tag, der, &body)
    }
    extensions =
      body.isEmpty ? body : try DER.only(DER.sequence, der, try DER.only(DER.context(3, constructed: true), der, body))
  }

  /// The content of the subjectKeyIdentifier extension, if there is one.
  func keyIdentifier() throws(AgentError) -> [UInt8]? { try octets(OID.subjectKeyIdentifier) }

  /// The content of one of the protocol's own extensions, if there is one.
  func dstackExtension(_ number: UInt8) throws(AgentError) -> [UInt8]? { try octets(OID.dstack(number)) }

  /// Whether an IP address, in network order, is among the alternative names.
  func isFor(_ address: [UInt8]) throws(AgentError) -> Bool {
    guard let value = try value(OID.subjectAltName) else { return false }
    var names = try DER.only(DER.sequence, der, value)
    while !names.isEmpty {
      let name = try DER.takeAny(der, &names)
      if DER.matches(der, name, DER.element(DER.context(7, constructed: false), address)) { return true }
    }
    return false
  }

  private func octets(_ oid: [UInt8]) throws(AgentError) -> [UInt8]? {
    guard let value = try value(oid) else { return nil }
    return der.bytes(try DER.only(DER.octetString, der, value))
  }

  /// Where the DER of an extension lies.
  private func value(_ oid: [UInt8]) throws(AgentError) -> Range<Int>? {
    var list = extensions
    while !list.isEmpty {
      var fields = try DER.take(DER.sequence, der, &list)
      let name = try DER.take(DER.objectIdentifier, der, &fields)
      if DER.tag(der, fields) == DER.boolean { _ = try DER.take(DER.boolean, der, &fields) }
      let value = try DER.only(DER.octetString, der, fields)
      if DER.matches(der, name, oid) { return value }
    }
    return nil
  }
}
