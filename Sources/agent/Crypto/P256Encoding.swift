extension P256 {
  /// DER SubjectPublicKeyInfo (RFC 5480 §2), 91 bytes.
  var spki: [UInt8] { DER.sequence(Self.algorithm + DER.bits(publicKey)) }

  /// The canonical PKCS#8 DER (RFC 5208, RFC 5915), 138 bytes: version 0, and an ECPrivateKey that has the public key and no
  /// parameters. The disk key is a hash of it, so it may never change.
  func pkcs8() throws(AgentError) -> Secret {
    let head: [UInt8] = [0x04, 0x6d, 0x30, 0x6b, 0x02, 0x01, 0x01, 0x04, 0x20]
    var out = try Secret(capacity: 138)
    var fits = out.append([0x30, 0x81, 0x87, 0x02, 0x01, 0x00] + Self.algorithm + head)
    fits = out.append(scalar.source, 0..<32) && fits
    fits = out.append([0xa1, 0x44, 0x03, 0x42, 0x00] + publicKey) && fits
    precondition(fits && out.count == 138)
    return out
  }

  /// `pkcs8` as PEM.
  func pem() throws(AgentError) -> Secret { try PEM.encode("PRIVATE KEY", try pkcs8()) }

  /// AlgorithmIdentifier of a P-256 key, RFC 5480 §2.1.1: SEQUENCE of id-ecPublicKey and `curve`.
  static var algorithm: [UInt8] { [0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01] + curve }

  /// OBJECT IDENTIFIER prime256v1.
  static let curve: [UInt8] = [0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07]
}
