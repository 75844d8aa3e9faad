/// Who signs the certificates of the app: its own CA, or a KMS.
struct CertificateAuthority: ~Copyable {
  /// The app's own; with a KMS the temporary one, for certificates that are shown to the KMS.
  let local: LocalAuthority
  /// The KMS, if that signs; and PEM: its CA.
  let kms: KMSAddress?
  let caCert: [UInt8]

  /// Throws if the app keys hold a CA that cannot work.
  init(_ keys: borrowing AppKeys) throws(AgentError) {
    var address: KMSAddress?
    var certificate = keys.caCert
    if case .kms(let url, _, let temporaryCert) = keys.provider.kind {
      do throws(AgentError) { address = try KMSAddress(url) } catch { throw error.during("key_provider") }
      certificate = temporaryCert
    }
    local = try LocalAuthority(key: keys.provider.key, certificate: certificate)
    kms = address
    caCert = keys.caCert
  }
}
