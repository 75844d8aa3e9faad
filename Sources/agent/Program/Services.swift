// The one place that says which listener serves which methods (spec/api.md, Listeners).

extension Agent {
  /// `/<Method>` on the Unix socket of the apps.
  func internalService() -> Listener.Handler {
    var service = Service()
    addEvidence(to: &service)
    service.add("EmitEvent") { [self] (call) throws(AgentError) in try EmitEvent.start(call.arguments(), self, call) }
    service.add("GetTlsKey") { [self] (call) throws(AgentError) in try GetTlsKey.start(call.arguments(), self, call) }
    service.add("GetKey") { [self] (call) throws(AgentError) in call.reply(try GetKey.answer(call.arguments(), self)) }
    service.add("Sign") { [self] (call) throws(AgentError) in call.reply(try Sign.answer(call.arguments(), self)) }
    service.add("Verify") { (call) throws(AgentError) in call.reply(try Verify.answer(call.arguments())) }
    service.add("GpuInfo") { (call) throws(AgentError) in call.reply(try GpuInfo.answer(call.arguments())) }
    return Agent.handler(service)
  }

  /// `/<Method>` on a socket for apps that shall have evidence, but neither keys nor the right to extend.
  func quoteService() -> Listener.Handler {
    var service = Service()
    addEvidence(to: &service)
    return Agent.handler(service)
  }

  /// The pages for anyone, and `/prpc/<Method>` or `/prpc/Worker.<Method>`.
  func externalService() -> Listener.Handler {
    var service = Service()
    service.add("Info") { [self] (call) throws(AgentError) in try WorkerInfo.start(call.arguments(), self, call) }
    service.add("Version") { (call) throws(AgentError) in call.reply(try Version.answer(call.arguments())) }
    service.add("GetAttestationForAppKey") { [self] (call) throws(AgentError) in
      try GetAttestationForAppKey.start(call.arguments(), self, call)
    }
    return { [self] exchange in
      let path = exchange.request.path
      guard path.count == 2, path[0].matches("prpc") else { return page(path, exchange) }
      service.answer(exchange, method: path[1].hasPrefix("Worker.") ? Array(path[1][7...]) : path[1])
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

  private func page(_ path: [[UInt8]], _ exchange: Exchange) {
    let isDashboard = path.count == 1 && path[0].isEmpty
    let isMetrics = path.count == 1 && path[0].matches("metrics") && visibility.sysinfo
    let isLog = path.count == 2 && path[0].matches("logs") && visibility.logs
    guard isDashboard || isMetrics || isLog else { return exchange.answer(.error(.notFound("there is no such page"))) }
    let method = exchange.request.method
    guard method == .get || method == .head else { return exchange.answer(.methodNotAllowed("GET, HEAD")) }
    if isDashboard { return Dashboard.start(exchange, self) }
    if isMetrics { return exchange.answer(Metrics.page(self)) }
    do throws(AgentError) {
      try Logs.start(path[1], exchange, self)
    } catch {
      exchange.answer(.error(error))
    }
  }

  /// `/prpc/<Method>` on the Unix socket of the apps of the older interface; the method may come as `Tappd.<Method>`.
  func tappdService() -> Listener.Handler {
    var service = Service()
    service.add("DeriveKey") { [self] (call) throws(AgentError) in try DeriveKey.start(call.arguments(), self, call) }
    service.add("DeriveK256Key") { [self] (call) throws(AgentError) in
      call.reply(try DeriveK256Key.answer(call.arguments(), self))
    }
    service.add("TdxQuote") { [self] (call) throws(AgentError) in try TdxQuote.start(call.arguments(), self, call) }
    service.add("RawQuote") { [self] (call) throws(AgentError) in try RawQuote.start(call.arguments(), self, call) }
    addInfo(to: &service)
    return Agent.handler(service, below: "prpc", prefix: "Tappd.")
  }

  /// `/api/<Method>` on vsock, for the host.
  func guestService() -> Listener.Handler {
    var service = Service()
    service.add("Info") { [self] (call) throws(AgentError) in call.reply(try GuestInfo.answer(call.arguments(), self)) }
    service.add("SysInfo") { [self] (call) throws(AgentError) in call.reply(SysInfo.answer(try call.arguments(), self)) }
    service.add("NetworkInfo") { (call) throws(AgentError) in call.reply(NetworkInfo.answer(try call.arguments())) }
    service.add("ListContainers") { [self] (call) throws(AgentError) in ListContainers.start(try call.arguments(), self, call) }
    service.add("Shutdown") { [self] (call) throws(AgentError) in try Shutdown.start(call.arguments(), self, call) }
    return Agent.handler(service, below: "api")
  }

  private func addEvidence(to service: inout Service) {
    service.add("GetQuote") { [self] (call) throws(AgentError) in try GetQuote.start(call.arguments(), self, call) }
    service.add("Attest") { [self] (call) throws(AgentError) in try Attest.start(call.arguments(), self, call) }
    addInfo(to: &service)
  }

  private func addInfo(to service: inout Service) {
    service.add("Info") { [self] (call) throws(AgentError) in call.reply(try Info.answer(call.arguments(), self)) }
    service.add("Version") { (call) throws(AgentError) in call.reply(try Version.answer(call.arguments())) }
  }

  /// Methods at `/<folder>/<Method>`; a prefix in front of a method's name means nothing.
  private static func handler(_ service: Service, below folder: StaticString, prefix: StaticString = "") -> Listener.Handler {
    { exchange in
      let path = exchange.request.path
      guard path.count == 2, path[0].matches(folder) else { return service.answer(exchange, method: []) }
      let name = path[1]
      service.answer(exchange, method: name.hasPrefix(prefix) ? Array(name[prefix.utf8CodeUnitCount...]) : name)
    }
  }

  /// Methods at `/<Method>`.
  private static func handler(_ service: Service) -> Listener.Handler {
    { exchange in
      let path = exchange.request.path
      service.answer(exchange, method: path.count == 1 ? path[0] : [])
    }
  }
}
