// The one place that says which listener serves which endpoints, and what each endpoint needs (docs/spec/listeners.md).

extension Agent {
  /// The apps' Unix socket: `/<Method>` and `/v0/<Method>`, and `/v1/<Method>`.
  func internalService() -> Listener.Handler {
    let v0 = evidenceV0(.plain)
    v0.add("EmitEvent", .reduced) { [self] (call) throws(AgentError) in
      try EmitEvent.serve(call, evidence, isAllowed: emitsEvents)
    }
    v0.add("GetTlsKey", .reduced) { [self] (call) throws(AgentError) in try GetTlsKey.serve(call, issuer, .v0) }
    v0.add("GetKey", .wholeByKey) { [self] (call) in GetKey.serve(call, keys) }
    v0.add("Sign", .wholeByKey) { [self] (call) in Sign.serve(call, keys, signingKeys) }
    v0.add("Verify", .whole) { (call) in Verify.serve(call) }
    let v1 = evidenceV1(.plain)
    v1.add("IssueCert", .reduced) { [self] (call) throws(AgentError) in try IssueCert.serve(call, issuer) }
    v1.add("GetKey", .wholeByKey) { [self] (call) in GetKeyV1.serve(call, keys) }
    v1.add("AttestGpu", .whole) { (call) throws(AgentError) in try AttestGpu.serve(call) }
    return Self.handler(v0, v1)
  }

  /// The same paths on a socket for apps that may have evidence, but neither keys nor the right to extend RTMR3, nor a quote that
  /// could pass for the agent's own.
  func quoteService() -> Listener.Handler { Self.handler(evidenceV0(.appData), evidenceV1(.appData)) }

  /// `/prpc/<Method>` on the Unix socket of the older interface; the method may also be named `Tappd.<Method>`.
  func tappdService() -> Listener.Handler {
    let service = Service(largeCalls)
    service.add("DeriveKey", .reduced) { [self] (call) throws(AgentError) in try DeriveKey.serve(call, keys, issuer) }
    service.add("DeriveK256Key", .wholeByKey) { [self] (call) in DeriveK256Key.serve(call, keys) }
    service.add("TdxQuote", .reduced) { [self] (call) throws(AgentError) in try TdxQuote.serve(call, evidence) }
    service.add("RawQuote", .reduced) { [self] (call) throws(AgentError) in try RawQuote.serve(call, evidence) }
    service.add("Info") { [self] (call) in call.reply { () throws(AgentError) in Info(identity: try identity()) } }
    service.add("Version") { (call) in Version.serve(call) }
    let router = Router()
    router.mount(service, at: ["prpc"], prefix: "Tappd.")
    return Self.handler(router)
  }

  /// What the app is told about itself: everything.
  private func identity() throws(AgentError) -> PublicIdentity {
    let measured = try evidence.measure()
    // tried again if it could not be made before; the next caller gets the result
    appCertificate.make()
    return PublicIdentity(measured, self, showsTCB: true)
  }

  private func evidenceV0(_ binding: ReportDataBinding) -> Service {
    let service = Service(largeCalls)
    service.add("GetQuote", .reduced) { [self] (call) throws(AgentError) in try GetQuote.serve(call, evidence, binding) }
    service.add("Attest", .reduced) { [self] (call) throws(AgentError) in try Attest.serve(call, evidence, binding) }
    service.add("Info") { [self] (call) in call.reply { () throws(AgentError) in Info(identity: try identity()) } }
    service.add("Version") { (call) in Version.serve(call) }
    return service
  }

  private func evidenceV1(_ binding: ReportDataBinding) -> Service {
    let gpus = GPUEvidence()
    let service = Service(largeCalls)
    service.add("Attest", .reduced) { [self] (call) throws(AgentError) in try AttestV1.serve(call, evidence, binding, gpus) }
    service.add("Info") { [self] (call) in call.reply { () throws(AgentError) in InfoV1(identity: try identity()) } }
    service.add("Version") { (call) in Version.serve(call) }
    return service
  }

  /// Both versions of the apps' interface. v0 is at the root as well.
  private static func handler(_ v0: Service, _ v1: Service) -> Listener.Handler {
    let router = Router()
    router.mount(v0, at: [])
    router.mount(v0, at: ["v0"])
    router.mount(v1, at: ["v1"])
    return handler(router)
  }

  private static func handler(_ router: Router) -> Listener.Handler { { router.serve($0) } }
}
