extension P256 {
  /// DER SubjectPublicKeyInfo (RFC 5480 §2), 91 bytes.
  var spki: [UInt8] { DER.sequence(Self.algorithm, DER.bits(publicKey)) }

  /// The canonical PKCS#8 DER (RFC 5208, RFC 5915), 138 bytes: version 0, and an ECPrivateKey that has the public key and no
  /// parameters. The disk key is a hash of it, so it may never change.
  borrowing func pkcs8() throws(AgentError) -> Secret {
    let head: [UInt8] = [0x04, 0x6d, 0x30, 0x6b, 0x02, 0x01, 0x01, 0x04, 0x20]
    var out = try Secret(capacity: 138)
    var fits = out.append([0x30, 0x81, 0x87, 0x02, 0x01, 0x00] + Self.algorithm + head)
    withScalar { fits = out.append($0.source, 0..<32) && fits }
    fits = out.append([0xa1, 0x44, 0x03, 0x42, 0x00] + publicKey) && fits
    precondition(fits && out.count == 138)
    return out
  }

  /// `pkcs8` as PEM.
  borrowing func pem() throws(AgentError) -> Secret { try PEM.encode("PRIVATE KEY", try pkcs8()) }

  /// A key in PEM: PKCS#8, or the SEC 1 form that OpenSSL names `EC PRIVATE KEY`. Throws `.invalid` if it is malformed, encrypted or
  /// of another kind than P-256, or if a public key that it holds is another one's.
  init(pem: borrowing Secret) throws(AgentError) {
    let label: StaticString = PEM.contains("PRIVATE KEY", pem.source) ? "PRIVATE KEY" : "EC PRIVATE KEY"
    try self.init(der: try PEM.decode(label, pem))
  }

  /// A key in DER: PKCS#8 or SEC 1; else as `init(pem:)`.
  init(der secret: borrowing Secret) throws(AgentError) {
    let der = secret.source
    var fields = try DER.only(DER.sequence, der, 0..<der.count)
    let version = try DER.take(DER.integer, der, &fields)
    if DER.tag(der, fields) == DER.sequence {
      // 1 is RFC 5958, which may put the public key behind the attributes as well
      guard DER.matches(der, version, [0]) || DER.matches(der, version, [1]) else { throw DER.malformed }
      let algorithm = try DER.takeAny(der, &fields)
      guard DER.matches(der, algorithm, Self.algorithm) else { throw .invalid("the key is not a P-256 key") }
      let octets = try DER.take(DER.octetString, der, &fields)
      var inner = try DER.only(DER.sequence, der, octets)
      let innerVersion = try DER.take(DER.integer, der, &inner)
      self = try Self.sec1(der, innerVersion, inner, needsParameters: false)
    } else {
      self = try Self.sec1(der, version, fields, needsParameters: true)
    }
  }

  /// ECPrivateKey, RFC 5915 §3, behind its version.
  private static func sec1(
    _ der: SecretMemory, _ version: Range<Int>, _ rest: Range<Int>, needsParameters: Bool
  ) throws(AgentError) -> P256 {
    var rest = rest
    guard DER.matches(der, version, [1]) else { throw DER.malformed }
    let digits = try DER.take(DER.octetString, der, &rest)
    guard digits.count == 32 else { throw .invalid("the key is not a P-256 key") }
    let hasParameters = DER.tag(der, rest) == DER.context(0, constructed: true)
    if hasParameters {
      let parameters = try DER.take(DER.context(0, constructed: true), der, &rest)
      guard DER.matches(der, parameters, DER.element(DER.objectIdentifier, OID.prime256v1)) else {
        throw .invalid("the key is not a P-256 key")
      }
    }
    guard hasParameters || !needsParameters else { throw .invalid("the key names no curve") }
    var scalar = try Secret(capacity: 32)
    let fits = scalar.append(der, digits)
    precondition(fits)
    let key = try P256(scalar: scalar)
    if DER.tag(der, rest) == DER.context(1, constructed: true) {
      let wrapped = try DER.take(DER.context(1, constructed: true), der, &rest)
      let bits = try DER.only(DER.bitString, der, wrapped)
      guard DER.matches(der, bits, [0] + key.publicKey) else { throw .invalid("the key's public key belongs to another key") }
    }
    guard rest.isEmpty else { throw DER.malformed }
    return key
  }

  /// AlgorithmIdentifier of a P-256 key, RFC 5480 §2.1.1.
  private static let algorithm = DER.sequence(
    DER.element(DER.objectIdentifier, OID.ecPublicKey), DER.element(DER.objectIdentifier, OID.prime256v1))
}
