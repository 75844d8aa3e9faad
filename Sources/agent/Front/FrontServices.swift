// What the front serves (docs/spec/listeners.md).

extension Front {
  /// `/api/<Method>` on vsock, for the host.
  func guestService() -> Listener.Handler {
    let service = Service()
    service.add("Info") { [self] (call) in GuestInfo.serve(call, view) }
    service.add("SysInfo") { [self] (call) in SysInfo.serve(call, machine) }
    service.add("NetworkInfo") { [self] (call) in NetworkInfo.serve(call, network, keeper) }
    service.add("ListContainers") { [self] (call) in ListContainers.serve(call, engine) }
    service.add("GpuInfo") { [self] (call) in GpuInfo.serve(call, hasCard: hasCard) }
    service.add("Shutdown") { [self] (call) in Shutdown.serve(call, keeper) }
    let router = Router()
    router.mount(service, at: ["api"])
    return { router.serve($0) }
  }

  /// For anyone: the pages; `/prpc/<Method>` and `/prpc/v0/<Method>`, also as `Worker.<Method>`; `/prpc/v1/<Method>`.
  func externalService(_ visibility: AppVisibility, _ health: HealthMonitor) -> Listener.Handler {
    let (info, infoV1, verdict) = (KeptReply(), KeptReply(), KeptReply())
    let (secp256k1, ed25519) = (KeptReply(), KeptReply())
    let v0 = Service()
    v0.add("Info") { [self] (call) in WorkerInfo.serve(call, view, info) }
    v0.add("Version") { (call) in Version.serve(call) }
    v0.add("GetAttestationForAppKey") { [self] (call) throws(AgentError) in
      try GetAttestationForAppKey.serve(call, keeper, log, secp256k1: secp256k1, ed25519: ed25519)
    }
    let v1 = Service()
    v1.add("Info") { [self] (call) in WorkerInfoV1.serve(call, view, infoV1) }
    v1.add("Version") { (call) in Version.serve(call) }
    v1.add("Health") { (call) in Health.serve(call, health, verdict) }
    let router = Router()
    router.mount(v0, at: ["prpc"], prefix: "Worker.")
    router.mount(v0, at: ["prpc", "v0"], prefix: "Worker.")
    router.mount(v1, at: ["prpc", "v1"])
    let (dashboard, metrics) = (KeptPage(), KeptPage())
    return { [self] exchange in
      let path = exchange.request.path
      if path.isEmpty {
        Self.page(exchange) { Dashboard.serve(exchange, view, engine, machine, dashboard) }
      } else if path.count == 1, path[0].matches("metrics"), visibility.sysinfo {
        Self.page(exchange) { Metrics.serve(exchange, keeper, machine, { self.counters }, metrics) }
      } else if path.count == 2, path[0].matches("logs"), visibility.logs {
        Self.page(exchange) { () throws(AgentError) in try Logs.serve(exchange, path[1], programs, engine) }
      } else {
        router.serve(exchange)
      }
    }
  }

  /// Header fields of every answer to anyone: which agent this is, and how little a browser may do with the answer.
  static var externalFields: [UInt8] {
    var fields = bytes("X-App-Version: v")
    fields += bytes(Version.number)
    fields += " ("
    fields += Build.commit
    fields += ")\r\nContent-Security-Policy: default-src 'none'; img-src data:; style-src 'sha256-"
    fields += Base64.encode(Hash.sha256(bytes(Dashboard.style)))
    fields += "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'\r\nX-Content-Type-Options: nosniff\r\n"
    fields += "Referrer-Policy: no-referrer\r\nCross-Origin-Resource-Policy: same-origin\r\nCache-Control: no-store\r\n"
    return fields
  }

  private static func page(_ exchange: Exchange, _ serve: () throws(AgentError) -> Void) {
    let method = exchange.request.method
    guard method == .get || method == .head else { return exchange.answer(.methodNotAllowed("GET, HEAD")) }
    do throws(AgentError) { try serve() } catch { exchange.answer(.error(error)) }
  }
}
