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

  private func addEvidence(to service: inout Service) {
    service.add("GetQuote") { [self] (call) throws(AgentError) in try GetQuote.start(call.arguments(), self, call) }
    service.add("Attest") { [self] (call) throws(AgentError) in try Attest.start(call.arguments(), self, call) }
    service.add("Info") { [self] (call) throws(AgentError) in call.reply(try Info.answer(call.arguments(), self)) }
    service.add("Version") { (call) throws(AgentError) in call.reply(try Version.answer(call.arguments())) }
  }

  /// Methods at `/<Method>`.
  private static func handler(_ service: Service) -> Listener.Handler {
    { exchange in
      let path = exchange.request.path
      service.answer(exchange, method: path.count == 1 ? path[0] : [])
    }
  }
}
