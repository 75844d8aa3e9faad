/// A certificate on its way: what it shall say, and the key that it is for.
final class CertificateOrder {
  var request: LeafRequest
  let key: P256
  /// Whether it shall carry evidence that is bound to the key (RA-TLS), and what this guest tells of its app.
  let hasEvidence: Bool
  let hasAppInfo: Bool
  /// Which form the evidence has.
  let version: APIVersion
  /// Whose order it is.
  let caller: Peer

  init(
    _ request: LeafRequest, key: P256, hasEvidence: Bool, hasAppInfo: Bool = false, version: APIVersion,
    for caller: Peer
  ) {
    self.request = request
    self.caller = caller
    self.hasEvidence = hasEvidence
    self.hasAppInfo = hasAppInfo
    self.version = version
    self.key = key
  }

  /// What the evidence binds, 64 bytes.
  var reportData: [UInt8] { TLSIdentity.reportData(key) }
}

/// Who signs the app's certificates. One subclass each: the app's own CA, or a KMS.
class CertificateIssuer {
  /// PEM, leaf first.
  typealias Answer = (Result<[BodyReader], AgentError>) -> Void

  private var hasToldOfAuthority = false

  /// Issues a certificate, now or later. Nothing is signed or quoted for a request that could not be issued.
  final func issue(_ order: CertificateOrder, _ answer: @escaping Answer) {
    do throws(AgentError) {
      try order.request.check()
      try start(order, answer)
    } catch {
      answer(.failure(error))
    }
  }

  /// Throws to fail at once.
  func start(_ order: CertificateOrder, _ answer: @escaping Answer) throws(AgentError) {}

  /// Throws if the CA that is here cannot work. The log is told once: the app's keys are served all the same.
  final func check(_ authority: LocalAuthority) throws(AgentError) {
    do throws(AgentError) {
      try authority.check()
    } catch {
      if !hasToldOfAuthority { Log.error(bytes("no certificates can be issued: ", error.text)) }
      hasToldOfAuthority = true
      throw error
    }
  }

  /// By what the app keys name. Throws if they hold a CA that is malformed.
  static func make(_ keys: AppKeys, _ evidence: Evidence, _ jobs: Jobs) throws(AgentError) -> CertificateIssuer {
    let authority = try LocalAuthority(of: keys)
    guard case .kms(let url, _, _) = keys.provider.kind else { return LocalIssuer(authority, evidence) }
    let address = try AgentError.during("key_provider", try KMSAddress(url))
    return KMSIssuer(address, caCert: keys.caCert, authority, evidence, jobs)
  }
}
