/// Certificates that a KMS signs. A forked child makes each call, so that a KMS that is slow or unreachable delays nobody else.
final class KMSIssuer: CertificateIssuer {
  private let address: KMSAddress
  /// The KMS's CA in PEM.
  private let caCert: [UInt8]
  /// Signs the certificate that this guest shows the KMS.
  private let authority: LocalAuthority
  private let evidence: Evidence
  private let jobs: Jobs
  /// What this guest shows the KMS. Its evidence is about the startup, which does not change. This identity worked in a call, and
  /// stays until another has: a new one may be refused, or be too long for TLS once the app has emitted events.
  private var good: TLSIdentity?
  /// One that is not yet known to work.
  private var fresh: TLSIdentity?
  /// Whether a call with the good one has failed since. Its evidence or its certificate may be out of date, and those of a new
  /// identity would not be.
  private var isDoubted = false
  private let calls: FairQueue

  init(
    _ address: KMSAddress, caCert: [UInt8], _ authority: LocalAuthority, _ evidence: Evidence, _ loop: Loop, _ jobs: Jobs
  ) {
    calls = FairQueue(loop, patience: Limits.quoteWait, width: Limits.jobs)
    loop.add(calls)
    self.address = address
    self.caCert = caCert
    self.authority = authority
    self.evidence = evidence
    self.jobs = jobs
  }

  /// Has a certificate signed. The KMS requires evidence bound to the order's key, whether the certificate is to carry it or not.
  override func start(_ order: CertificateOrder, _ answer: @escaping Answer) throws(AgentError) {
    if let identity = isDoubted ? fresh : good ?? fresh { return request(order, identity, answer) }
    try check(authority)
    let identity = try TLSIdentity()
    evidence.attestation(identity.reportData, for: order.caller) { [self] attestation in
      do throws(AgentError) {
        try identity.certify(by: authority, attestation: attestation.get().encoded(stripped: true, for: .v0))
        fresh = identity
        request(order, identity, answer)
      } catch {
        if let good { request(order, good, answer) } else { answer(.failure(error)) }
      }
    }
  }

  /// Notes how a call went. After one that failed, it is the other identity's turn.
  private func note(_ identity: TLSIdentity, isGood: Bool) {
    if isGood { good = identity }
    if identity === good { isDoubted = !isGood }
    if identity === fresh {
      fresh = nil
      isDoubted = false
    }
  }

  private func request(_ order: CertificateOrder, _ identity: TLSIdentity, _ answer: @escaping Answer) {
    evidence.attestation(order.reportData, for: order.caller) { [self] attestation in
      do throws(AgentError) {
        let request = SigningRequest.encode(
          order.request, order.key.spki, hasEvidence: order.hasEvidence, hasAppInfo: order.hasAppInfo,
          attestation: try attestation.get().encoded(stripped: false, for: order.version))
        evidence.digest(request, for: order) { [self] digest in
          do throws(AgentError) {
            let signature = try order.key.sign(digest.get())
            calls.add(order.caller, isWanted: { order.isWanted }) { [self] over in
              send(order, request, signature, identity) {
                over()
                answer($0)
              }
            } refuse: {
              answer(.failure(.unavailable("too many certificates are requested from the KMS at present")))
            }
          } catch {
            answer(.failure(error))
          }
        }
      } catch {
        answer(.failure(error))
      }
    }
  }

  private func send(
    _ order: CertificateOrder, _ request: BodyReader, _ signature: [UInt8], _ identity: TLSIdentity,
    _ answer: @escaping Answer
  ) {
    let (address, caCert, vmConfig) = (address, caCert, evidence.vmConfig)
    // lives until the child has been forked
    let handed: TLSIdentity
    do throws(AgentError) { handed = try TLSIdentity(handing: identity) } catch { return answer(.failure(error)) }
    jobs.start(.kms, timeout: Limits.kmsDeadline) { () throws(AgentError) in
      let client = KMSClient(address: address, caCert: caCert, identity: handed)
      let body = JSONWriter.document { json in
        json.name("api_version").number(2)
        json.name("csr").string(request, .hex)
        json.name("signature").hex(signature)
        json.name("vm_config").string(vmConfig)
      }
      return try client.callPatiently("KMS.SignCert", JoinedBody(body))
    } done: { [self] result in
      do throws(AgentError) {
        let chain = try Self.chain(try result.get(), for: order)
        note(identity, isGood: true)
        answer(.success(chain.map { JoinedBody($0) }))
      } catch {
        note(identity, isGood: false)
        // not `.unavailable`: this agent is not overloaded, the KMS failed
        answer(.failure(AgentError(.failed, bytes("KMS: ", error.text))))
      }
    }
  }

  /// The answer's certificates in PEM. The first must be for the ordered key.
  private static func chain(_ answer: [UInt8], for order: CertificateOrder) throws(AgentError) -> [[UInt8]] {
    let object = JSONObject(answer)
    let chain = object.texts("certificate_chain") ?? []
    try object.finish()
    guard let first = chain.first, try X509Certificate(pem: first).publicKey == order.key.spki else {
      throw .failed("the answer is not a certificate for the key")
    }
    return chain
  }
}
