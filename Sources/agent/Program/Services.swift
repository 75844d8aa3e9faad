// The one place that says which listener serves which endpoints, and what each of them needs (spec/api.md, Listeners).

extension Agent {
  /// `/<Method>` on the Unix socket of the apps.
  func internalService() -> Listener.Handler {
    var service = Service()
    addEvidence(to: &service)
    service.add("EmitEvent") { [self] (call) throws(AgentError) in try EmitEvent.serve(call, evidence) }
    service.add("GetTlsKey") { [self] (call) throws(AgentError) in try GetTlsKey.serve(call, issuer) }
    service.add("GetKey") { [self] (call) in GetKey.serve(call, keys) }
    service.add("Sign") { [self] (call) in Sign.serve(call, keys, signingKeys) }
    service.add("Verify") { (call) in Verify.serve(call) }
    service.add("GpuInfo") { (call) in GpuInfo.serve(call) }
    return Self.handler(service)
  }

  /// `/<Method>` on a socket for apps that shall have evidence, but neither keys nor the right to extend.
  func quoteService() -> Listener.Handler {
    var service = Service()
    addEvidence(to: &service)
    return Self.handler(service)
  }

  /// `/prpc/<Method>` on the Unix socket of the apps of the older interface; the method may come as `Tappd.<Method>`.
  func tappdService() -> Listener.Handler {
    var service = Service()
    service.add("DeriveKey") { [self] (call) throws(AgentError) in try DeriveKey.serve(call, keys, issuer) }
    service.add("DeriveK256Key") { [self] (call) in DeriveK256Key.serve(call, keys) }
    service.add("TdxQuote") { [self] (call) throws(AgentError) in try TdxQuote.serve(call, evidence) }
    service.add("RawQuote") { [self] (call) throws(AgentError) in try RawQuote.serve(call, evidence) }
    addInfo(to: &service)
    return Self.handler(service, below: "prpc", prefix: "Tappd.")
  }

  /// `/api/<Method>` on vsock, for the host.
  func guestService() -> Listener.Handler {
    let powerOff = PowerOff(jobs: jobs, hostAPIURL: hostAPIURL)
    var service = Service()
    service.add("Info") { [self] (call) in GuestInfo.serve(call, evidence, app, appCertificate) }
    service.add("SysInfo") { [self] (call) in SysInfo.serve(call, machine) }
    service.add("NetworkInfo") { (call) in NetworkInfo.serve(call) }
    service.add("ListContainers") { [self] (call) in ListContainers.serve(call, engine) }
    service.add("Shutdown") { (call) in Shutdown.serve(call, powerOff) }
    return Self.handler(service, below: "api")
  }

  private func addEvidence(to service: inout Service) {
    service.add("GetQuote") { [self] (call) throws(AgentError) in try GetQuote.serve(call, evidence) }
    service.add("Attest") { [self] (call) throws(AgentError) in try Attest.serve(call, evidence) }
    addInfo(to: &service)
  }

  private func addInfo(to service: inout Service) {
    service.add("Info") { [self] (call) in Info.serve(call, evidence, app, appCertificate) }
    service.add("Version") { (call) in Version.serve(call) }
  }

  /// The pages for anyone, and `/prpc/<Method>` or `/prpc/Worker.<Method>`.
  func externalService() -> Listener.Handler {
    let (info, attestations) = (KeptReply(), GetAttestationForAppKey.Kept())
    var service = Service()
    service.add("Info") { [self] (call) throws(AgentError) in try WorkerInfo.serve(call, evidence, app, appCertificate, info) }
    service.add("Version") { (call) in Version.serve(call) }
    service.add("GetAttestationForAppKey") { [self] (call) throws(AgentError) in
      try GetAttestationForAppKey.serve(call, keys, signingKeys, evidence, attestations)
    }
    let methods = Self.handler(service, below: "prpc", prefix: "Worker.")
    let (dashboard, metrics) = (KeptPage(), KeptPage())
    return { [self] exchange in
      let path = exchange.request.path
      if path.count == 2, path[0].matches("prpc") { return methods(exchange) }
      if path.count == 1, path[0].isEmpty {
        Self.page(exchange) { Dashboard.serve(exchange, evidence, app, engine, machine, dashboard) }
      } else if path.count == 1, path[0].matches("metrics"), app.visibility.sysinfo {
        Self.page(exchange) { Metrics.serve(exchange, evidence, machine, traffic, metrics) }
      } else if path.count == 2, path[0].matches("logs"), app.visibility.logs {
        Self.page(exchange) { () throws(AgentError) in try Logs.serve(exchange, path[1], engine) }
      } else {
        exchange.answer(.error(.notFound("there is no such page")))
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

  /// Methods at `/<Method>` or `/<folder>/<Method>`; a prefix in front of a method's name means nothing.
  private static func handler(
    _ service: Service, below folder: StaticString? = nil, prefix: StaticString = ""
  ) -> Listener.Handler {
    { exchange in
      var path = exchange.request.path[...]
      let isBelow = folder.map { path.popFirst()?.matches($0) ?? false } ?? true
      let name = isBelow && path.count == 1 ? path.first ?? [] : []
      service.answer(exchange, method: name[...].behind(prefix).map { Array($0) } ?? name)
    }
  }
}
