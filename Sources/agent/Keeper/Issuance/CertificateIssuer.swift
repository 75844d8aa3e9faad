/// A certificate to be issued: what it must contain, and the key that it is for.
final class CertificateOrder {
  var request: LeafRequest
  let key: P256
  /// Whether it must contain evidence bound to the key (RA-TLS), and what this guest says about its app.
  let hasEvidence: Bool
  let hasAppInfo: Bool
  /// The form of the evidence.
  let version: APIVersion
  /// What ordered it; nil for the agent itself.
  private let call: Call?

  init(
    _ request: LeafRequest, key: P256, hasEvidence: Bool, hasAppInfo: Bool = false, version: APIVersion, for call: Call?
  ) {
    self.request = request
    self.call = call
    self.hasEvidence = hasEvidence
    self.hasAppInfo = hasAppInfo
    self.version = version
    self.key = key
  }

  var caller: Peer { call?.peer ?? .agent }

  /// Whether somebody still waits for it.
  var isWanted: Bool { call?.isWanted ?? true }

  /// What the evidence binds, 64 bytes.
  var reportData: [UInt8] { TLSIdentity.reportData(key) }
}

/// Issues the app's certificates, with one subclass for the app's own CA and one for a KMS.
class CertificateIssuer {
  /// Takes the chain in PEM, leaf first.
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

  /// Begins to issue a certificate for a request that has been checked. Throws to fail at once.
  func start(_ order: CertificateOrder, _ answer: @escaping Answer) throws(AgentError) {}

  /// Throws if the CA of this guest cannot work. That is logged once, and the app's keys are still served.
  final func check(_ authority: LocalAuthority) throws(AgentError) {
    do throws(AgentError) {
      try authority.check()
    } catch {
      if !hasToldOfAuthority { Log.error(bytes("no certificates can be issued: ", error.text)) }
      hasToldOfAuthority = true
      throw error
    }
  }

  /// Chooses by the provider that the app keys name. Throws if they hold a malformed CA.
  static func make(
    _ keys: AppKeys, _ evidence: Evidence, _ loop: Loop, _ jobs: Jobs
  ) throws(AgentError) -> CertificateIssuer {
    let authority = try LocalAuthority(of: keys)
    guard case .kms(let url, _, _) = keys.provider.kind else { return LocalIssuer(authority, evidence) }
    let address = try AgentError.during("key_provider", try KMSAddress(url))
    return KMSIssuer(address, caCert: keys.caCert, authority, evidence, loop, jobs)
  }
}
