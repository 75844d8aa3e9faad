/// What a CA needs to know of its own certificate (RFC 5280 §4.1).
struct IssuerCertificate {
  /// DER Name, byte for byte: verifiers compare it with the issuer of what the CA signs.
  let subject: [UInt8]
  /// DER SubjectPublicKeyInfo.
  let publicKey: [UInt8]
  /// The content of the subjectKeyIdentifier extension, if there is one.
  let keyIdentifier: [UInt8]?

  /// Reads the first certificate of a PEM text. Throws `.invalid` if there is none or it is malformed. No signature is verified: who
  /// holds the key of the certificate vouches for it.
  init(pem: [UInt8]) throws(AgentError) {
    let der = ArraySource(try PEM.decode("CERTIFICATE", pem))
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
    keyIdentifier = body.isEmpty ? nil : try Self.keyIdentifier(der, body)
  }

  private static func keyIdentifier(_ der: ArraySource, _ body: Range<Int>) throws(AgentError) -> [UInt8]? {
    var list = try DER.only(DER.sequence, der, try DER.only(DER.context(3, constructed: true), der, body))
    while !list.isEmpty {
      var fields = try DER.take(DER.sequence, der, &list)
      let oid = try DER.take(DER.objectIdentifier, der, &fields)
      if DER.tag(der, fields) == DER.boolean { _ = try DER.take(DER.boolean, der, &fields) }
      let value = try DER.only(DER.octetString, der, fields)
      if DER.matches(der, oid, OID.subjectKeyIdentifier) { return der.bytes(try DER.only(DER.octetString, der, value)) }
    }
    return nil
  }
}
