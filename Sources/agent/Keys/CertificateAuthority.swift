/// Who signs the certificates of the app: its own CA, or a KMS.
struct CertificateAuthority: ~Copyable {
  /// Nil where a KMS is the CA.
  private let local: LocalAuthority?

  /// Throws if the app keys hold a CA that cannot work.
  init(_ keys: borrowing AppKeys) throws(AgentError) {
    local =
      switch keys.provider.kind {
      case .none, .local, .tpm: try LocalAuthority(key: keys.provider.key, certificate: keys.caCert)
      case .kms: nil
      }
  }

  /// PEM texts, the certificate for the key first. Throws `.invalid` for a request that no certificate can say.
  borrowing func issue(_ request: LeafRequest, for key: borrowing P256) throws(AgentError) -> [[UInt8]] {
    switch local {
    case .some(let authority): return try authority.issue(request, for: key)
    case .none: throw .failed("certificates of a KMS are not supported yet")
    }
  }
}
