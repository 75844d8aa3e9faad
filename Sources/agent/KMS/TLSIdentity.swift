/// What this guest shows a KMS: a certificate with evidence that is bound to its key (docs/spec/certificates.md).
final class TLSIdentity {
  let key: P256
  /// DER; empty until it is made.
  private(set) var certificate: [UInt8] = []

  /// With a fresh key.
  init() throws(AgentError) { key = try P256.generate() }

  /// A copy for the children that are forked while it lives.
  init(handing other: TLSIdentity) throws(AgentError) {
    key = try other.key.handedOver()
    certificate = other.certificate
  }

  /// Keeps such a copy from further children.
  func withhold() { key.scalar.withhold() }

  /// What the evidence binds, 64 bytes.
  var reportData: [UInt8] { Self.reportData(key) }

  static func reportData(_ key: borrowing P256) -> [UInt8] { Hash.sha512(bytes("ratls-cert:") + key.spki) }

  /// Makes the certificate, with an attestation over `reportData`, stripped. Throws `.failed` for one that does not fit into TLS.
  func certify(by authority: LocalAuthority, attestation: BodyReader) throws(AgentError) {
    let request = LeafRequest(
      subject: bytes("RA-TLS TEMP Cert"), isForApp: false, extensions: [(number: 8, content: attestation)])
    // which would take its time
    if attestation.remaining > Limits.clientCertificate { throw Self.tooLong }
    certificate = try authority.leaf(request, for: key).all()
    if certificate.count > Limits.clientCertificate { throw Self.tooLong }
  }

  private static var tooLong: AgentError {
    .failed("the evidence is too long for the certificate that a KMS wants to see")
  }
}
