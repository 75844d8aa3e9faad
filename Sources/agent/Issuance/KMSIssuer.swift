/// Certificates that a KMS signs. Each call is a forked child's work, so that a KMS that is slow or away holds up nobody else.
final class KMSIssuer {
  private let agent: Agent
  private let address: KMSAddress
  /// What this guest shows the KMS, made at the first need: the evidence in it tells of the startup, which stays as it was. Nil again
  /// after a call that failed.
  private var identity: TLSIdentity?
  private var underWay = 0

  init(_ agent: Agent, _ address: KMSAddress) {
    self.agent = agent
    self.address = address
  }

  /// Has a certificate signed. The KMS wants evidence that is bound to its key, whether the certificate shall carry it or not.
  func issue(_ order: CertificateOrder, _ answer: @escaping (Agent.Chain) -> Void) throws(AgentError) {
    if let identity { return try issue(order, identity, answer) }
    let identity = try TLSIdentity()
    try agent.evidence.attestation(identity.reportData) { [self] attestation in
      do throws(AgentError) {
        let out = ByteBuffer()
        try attestation.get().write(to: out, stripped: true)
        try identity.certify(by: agent.authority.local, attestation: out.storage)
        self.identity = identity
        try issue(order, identity, answer)
      } catch {
        answer(.failure(error))
      }
    }
  }

  private func issue(
    _ order: CertificateOrder, _ identity: TLSIdentity, _ answer: @escaping (Agent.Chain) -> Void
  ) throws(AgentError) {
    try agent.evidence.attestation(order.reportData) { [self] attestation in
      do throws(AgentError) {
        let evidence = ByteBuffer()
        try attestation.get().write(to: evidence, stripped: false)
        let request = SigningRequest.encode(
          order.request, order.key.spki, hasEvidence: order.hasEvidence, hasAppInfo: order.hasAppInfo,
          attestation: evidence.storage)
        try send(order, request, identity, answer)
      } catch {
        answer(.failure(error))
      }
    }
  }

  private func send(
    _ order: CertificateOrder, _ request: [UInt8], _ identity: TLSIdentity, _ answer: @escaping (Agent.Chain) -> Void
  ) throws(AgentError) {
    guard underWay < Limits.kmsCalls else { throw .unavailable("too many certificates are wanted of the KMS at present") }
    let signature = try order.key.sign(Hash.sha256(request))
    // lives until the child is forked
    let handed = try TLSIdentity(handing: identity)
    let client = KMSClient(address: address, caCert: agent.authority.caCert, identity: handed)
    let vmConfig = agent.evidence.vmConfig
    underWay += 1
    agent.jobs.start(timeout: Limits.kmsDeadline) { () throws(AgentError) in
      let body = ByteBuffer(capacity: 2 * request.count + 1024)
      var json = JSONWriter(body)
      json.beginObject()
      json.name("api_version")
      json.number(2)
      json.name("csr")
      json.hex(request)
      json.name("signature")
      json.hex(signature)
      json.name("vm_config")
      json.string(vmConfig)
      json.endObject()
      return try client.callPatiently("KMS.SignCert", body)
    } done: { [self] result in
      underWay -= 1
      do throws(AgentError) {
        answer(.success(try Self.chain(try result.get(), for: order)))
      } catch {
        // perhaps for its evidence or its time, which a new one has of now
        if self.identity === identity { self.identity = nil }
        // it is not too much that was asked for, but the KMS that cannot
        answer(.failure(AgentError(.failed, bytes("KMS: ") + error.text)))
      }
    }
  }

  /// The certificates of the answer, PEM, of which the first must be the one that was ordered.
  private static func chain(_ answer: [UInt8], for order: CertificateOrder) throws(AgentError) -> [[UInt8]] {
    var chain: [[UInt8]] = []
    var reader = JSONReader(answer)
    var members = try reader.enterObject()
    while let name = try reader.nextMember(&members) {
      if name.matches("certificate_chain") {
        var elements = try reader.enterArray()
        while try reader.nextElement(&elements) { chain.append(try reader.string()) }
      } else {
        try reader.skip()
      }
    }
    try reader.end()
    guard let first = chain.first, try CertificateReader(pem: first).publicKey == order.key.spki else {
      throw .failed("the answer is no certificate for the key")
    }
    return chain
  }
}
