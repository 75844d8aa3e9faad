/// What this guest presents to a KMS: a certificate with evidence bound to its key (docs/spec/certificates.md).
final class TLSIdentity {
  let key: P256
  /// DER; empty until `certify`.
  private(set) var certificate: [UInt8] = []

  /// With a fresh key.
  init() throws(AgentError) { key = try P256.generate() }

  /// A copy that children can read if they are forked while it exists.
  init(handing other: TLSIdentity) throws(AgentError) {
    key = try other.key.handedOver()
    certificate = other.certificate
  }

  /// Keeps such a copy from children forked later.
  func withhold() { key.scalar.withhold() }

  /// The report data for the evidence, 64 bytes.
  var reportData: [UInt8] { Self.reportData(key) }

  /// The same for any key: SHA-512 of `ratls-cert:` and the key's SubjectPublicKeyInfo.
  static func reportData(_ key: P256) -> [UInt8] { Hash.sha512(bytes("ratls-cert:") + key.spki) }

  /// Makes the certificate, with a stripped attestation over `reportData`. Throws `.failed` if it is too long for TLS.
  func certify(by authority: LocalAuthority, attestation: BodyReader) throws(AgentError) {
    let request = LeafRequest(
      subject: bytes("RA-TLS TEMP Cert"), isForApp: false, extensions: [(number: 8, content: attestation)])
    // before signing, which would take time
    if attestation.remaining > Limits.clientCertificate { throw Self.tooLong }
    certificate = try authority.leaf(request, for: key).all()
    if certificate.count > Limits.clientCertificate { throw Self.tooLong }
  }

  private static var tooLong: AgentError {
    .failed("the evidence does not fit into the client certificate for the KMS")
  }
}
