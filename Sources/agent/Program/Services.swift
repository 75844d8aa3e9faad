// The one place that says which listener serves which endpoints, and what each of them needs (spec/api.md, Listeners).

extension Agent {
  /// The Unix socket of the apps: `/<Method>` and `/v0/<Method>`, and `/v1/<Method>`.
  func internalService() -> Listener.Handler {
    var v0 = evidenceV0(.plain)
    v0.add("EmitEvent", .reduced) { [self] (call) throws(AgentError) in
      try EmitEvent.serve(call, evidence, isAllowed: emitsEvents)
    }
    v0.add("GetTlsKey", .reduced) { [self] (call) throws(AgentError) in try GetTlsKey.serve(call, issuer, .v0) }
    v0.add("GetKey", .wholeByKey) { [self] (call) in GetKey.serve(call, keys) }
    v0.add("Sign", .wholeByKey) { [self] (call) in Sign.serve(call, keys, signingKeys) }
    v0.add("Verify", .whole) { (call) in Verify.serve(call) }
    var v1 = evidenceV1(.plain)
    v1.add("IssueCert", .reduced) { [self] (call) throws(AgentError) in try IssueCert.serve(call, issuer) }
    v1.add("GetKey", .wholeByKey) { [self] (call) in GetKeyV1.serve(call, keys) }
    v1.add("AttestGpu", .whole) { (call) throws(AgentError) in try AttestGpu.serve(call) }
    return Self.handler(v0, v1)
  }

  /// The same paths on a socket for apps that shall have evidence, but neither keys nor the right to extend, nor a quote that could
  /// pass for the agent's own.
  func quoteService() -> Listener.Handler { Self.handler(evidenceV0(.appData), evidenceV1(.appData)) }

  /// `/prpc/<Method>` on the Unix socket of the apps of the older interface; the method may come as `Tappd.<Method>`.
  func tappdService() -> Listener.Handler {
    var service = Service(largeCalls)
    service.add("DeriveKey", .reduced) { [self] (call) throws(AgentError) in try DeriveKey.serve(call, keys, issuer) }
    service.add("DeriveK256Key", .wholeByKey) { [self] (call) in DeriveK256Key.serve(call, keys) }
    service.add("TdxQuote", .reduced) { [self] (call) throws(AgentError) in try TdxQuote.serve(call, evidence) }
    service.add("RawQuote", .reduced) { [self] (call) throws(AgentError) in try RawQuote.serve(call, evidence) }
    service.add("Info") { [self] (call) in Info.serve(call, evidence, app, appCertificate) }
    service.add("Version") { (call) in Version.serve(call) }
    var router = Router()
    router.mount(service, at: ["prpc"], prefix: "Tappd.")
    return Self.handler(router)
  }

  /// `/api/<Method>` on vsock, for the host.
  func guestService() -> Listener.Handler {
    let powerOff = PowerOff(jobs: jobs, hostAPIURL: hostAPIURL)
    var service = Service(largeCalls)
    service.add("Info") { [self] (call) in GuestInfo.serve(call, evidence, app, appCertificate) }
    service.add("SysInfo") { [self] (call) in SysInfo.serve(call, machine) }
    service.add("NetworkInfo") { (call) in NetworkInfo.serve(call) }
    service.add("ListContainers") { [self] (call) in ListContainers.serve(call, engine) }
    service.add("GpuInfo") { (call) in GpuInfo.serve(call) }
    service.add("Shutdown") { (call) in Shutdown.serve(call, powerOff) }
    var router = Router()
    router.mount(service, at: ["api"])
    return Self.handler(router)
  }

  private func evidenceV0(_ binding: ReportDataBinding) -> Service {
    var service = Service(largeCalls)
    service.add("GetQuote", .reduced) { [self] (call) throws(AgentError) in try GetQuote.serve(call, evidence, binding) }
    service.add("Attest", .reduced) { [self] (call) throws(AgentError) in try Attest.serve(call, evidence, binding) }
    service.add("Info") { [self] (call) in Info.serve(call, evidence, app, appCertificate) }
    service.add("Version") { (call) in Version.serve(call) }
    return service
  }

  private func evidenceV1(_ binding: ReportDataBinding) -> Service {
    let gpus = GPUEvidence()
    var service = Service(largeCalls)
    service.add("Attest", .reduced) { [self] (call) throws(AgentError) in try AttestV1.serve(call, evidence, binding, gpus) }
    service.add("Info") { [self] (call) in InfoV1.serve(call, evidence, app) }
    service.add("Version") { (call) in Version.serve(call) }
    return service
  }

  /// For anyone: the pages; `/prpc/<Method>` and `/prpc/v0/<Method>`, also as `Worker.<Method>`; `/prpc/v1/<Method>`.
  func externalService() -> Listener.Handler {
    let (info, infoV1, verdict) = (KeptReply(), KeptReply(), KeptReply())
    let (secp256k1, ed25519) = (GetAttestationForAppKey.Kept(attestation()), GetAttestationForAppKey.Kept(attestation()))
    var v0 = Service(largeCalls, as: .agent)
    v0.add("Info") { [self] (call) throws(AgentError) in try WorkerInfo.serve(call, evidence, app, appCertificate, info) }
    v0.add("Version") { (call) in Version.serve(call) }
    v0.add("GetAttestationForAppKey", .reduced) { [self] (call) throws(AgentError) in
      try GetAttestationForAppKey.serve(call, keys, signingKeys, evidence, secp256k1: secp256k1, ed25519: ed25519)
    }
    var v1 = Service(largeCalls, as: .agent)
    v1.add("Info") { [self] (call) throws(AgentError) in try WorkerInfoV1.serve(call, evidence, app, infoV1) }
    v1.add("Version") { (call) in Version.serve(call) }
    v1.add("Health") { [self] (call) in Health.serve(call, health, verdict) }
    var router = Router()
    router.mount(v0, at: ["prpc"], prefix: "Worker.")
    router.mount(v0, at: ["prpc", "v0"], prefix: "Worker.")
    router.mount(v1, at: ["prpc", "v1"])
    let methods = router
    let (dashboard, metrics) = (KeptPage(), KeptPage())
    return { [self] exchange in
      let path = exchange.request.path
      if path.isEmpty {
        Self.page(exchange) { Dashboard.serve(exchange, evidence, app, engine, machine, dashboard) }
      } else if path.count == 1, path[0].matches("metrics"), app.visibility.sysinfo {
        Self.page(exchange) { Metrics.serve(exchange, evidence, machine, traffic, loop.longestRound, metrics) }
      } else if path.count == 2, path[0].matches("logs"), app.visibility.logs {
        Self.page(exchange) { () throws(AgentError) in try Logs.serve(exchange, path[1], engine) }
      } else {
        Self.answer(exchange, methods)
      }
    }
  }

  /// Header fields of every answer to anyone: which agent this is, and how little a browser may do with what it got.
  static var externalFields: [UInt8] {
    var fields = bytes("X-App-Version: v")
    fields += bytes(Version.number)
    fields += bytes(" (")
    fields += Build.commit
    fields += bytes(")\r\nContent-Security-Policy: default-src 'none'; img-src data:; style-src 'sha256-")
    fields += Base64.encode(Hash.sha256(bytes(Dashboard.style)))
    fields += bytes("'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'\r\nX-Content-Type-Options: nosniff\r\n")
    fields += bytes("Referrer-Policy: no-referrer\r\nCross-Origin-Resource-Policy: same-origin\r\nCache-Control: no-store\r\n")
    return fields
  }

  private static func page(_ exchange: Exchange, _ serve: () throws(AgentError) -> Void) {
    let method = exchange.request.method
    guard method == .get || method == .head else { return exchange.answer(.methodNotAllowed("GET, HEAD")) }
    do throws(AgentError) { try serve() } catch { exchange.answer(.error(error)) }
  }

  /// Both lines of the apps' interface; v0 is at the top as well.
  private static func handler(_ v0: Service, _ v1: Service) -> Listener.Handler {
    var router = Router()
    router.mount(v0, at: [])
    router.mount(v0, at: ["v0"])
    router.mount(v1, at: ["v1"])
    return handler(router)
  }

  private static func handler(_ router: Router) -> Listener.Handler { { answer($0, router) } }

  /// Where nothing is mounted, the answer must not say that a service or a method is not found: from those words clients conclude
  /// that the path is one of an interface that is there.
  private static func answer(_ exchange: Exchange, _ router: Router) {
    if !router.answer(exchange) { exchange.answer(.error(.notFound("there is no such page"))) }
  }
}
