/// A certificate on its way: what it shall say, and the key that it is for.
final class CertificateOrder {
  var request: LeafRequest
  let key: P256
  /// Whether it shall carry evidence that is bound to the key (RA-TLS), and what this guest tells of its app.
  let hasEvidence: Bool
  let hasAppInfo: Bool

  init(_ request: LeafRequest, key: consuming P256, hasEvidence: Bool, hasAppInfo: Bool = false) {
    self.request = request
    self.hasEvidence = hasEvidence
    self.hasAppInfo = hasAppInfo
    self.key = key
  }

  /// What the evidence binds.
  var reportData: [UInt8] { TLSIdentity.reportData(key) }
}

extension Agent {
  typealias Chain = Result<[[UInt8]], AgentError>

  /// Issues a certificate: at once, or after the quote that it shall carry.
  func issue(_ order: CertificateOrder, _ answer: @escaping (Chain) -> Void) throws(AgentError) {
    // now, as a quote is not to be made in vain
    try order.request.check()
    if let kms { return try kms.issue(order, answer) }
    if order.hasAppInfo {
      let info = ByteBuffer()
      try evidence.measure().app.write(to: MessagePackWriter(info))
      order.request.extensions.append((number: 9, content: info.take()))
    }
    guard order.hasEvidence else { return answer(.success(try authority.local.issue(order.request, for: order.key))) }
    try evidence.attestation(order.reportData) { [self] result in
      do throws(AgentError) {
        order.request.extensions += try Agent.extensions(result.get())
        answer(.success(try authority.local.issue(order.request, for: order.key)))
      } catch {
        answer(.failure(error))
      }
    }
  }

  /// The attestation, and beside it the quote and the log as releases up to 0.5.8 put them and one SDK still wants them.
  private static func extensions(_ attestation: VersionedAttestation) throws(AgentError) -> [(number: UInt8, content: [UInt8])]
  {
    let whole = ByteBuffer()
    try attestation.write(to: whole, stripped: true)
    return [(8, whole.take()), (1, attestation.quote), (2, attestation.log.json)]
  }
}
