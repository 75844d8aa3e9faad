// The one place that says which listener serves which methods (spec/api.md, Listeners).

extension Agent {
  /// `/<Method>` on the Unix socket of the apps.
  func internalService() -> Listener.Handler {
    var service = Service()
    service.add("GetTlsKey") { [self] (call) throws(AgentError) in call.reply(try GetTlsKey.answer(call.arguments(), self)) }
    service.add("GetKey") { [self] (call) throws(AgentError) in call.reply(try GetKey.answer(call.arguments(), self)) }
    service.add("Sign") { [self] (call) throws(AgentError) in call.reply(try Sign.answer(call.arguments(), self)) }
    service.add("Verify") { (call) throws(AgentError) in call.reply(try Verify.answer(call.arguments())) }
    service.add("Version") { (call) throws(AgentError) in call.reply(try Version.answer(call.arguments())) }
    service.add("GpuInfo") { (call) throws(AgentError) in call.reply(try GpuInfo.answer(call.arguments())) }
    return { [service] exchange in
      let path = exchange.request.path
      service.answer(exchange, method: path.count == 1 ? path[0] : [])
    }
  }
}
