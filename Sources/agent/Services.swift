// The one place that says which listener serves which methods (spec/api.md, Listeners).

extension Agent {
  /// `/<Method>` on the Unix socket of the apps.
  func internalService() -> Listener.Handler {
    var service = Service()
    service.add("Version") { (call) throws(AgentError) in call.reply(try Version.answer(call.arguments())) }
    service.add("GpuInfo") { (call) throws(AgentError) in call.reply(try GpuInfo.answer(call.arguments())) }
    return { [service] exchange in
      let path = exchange.request.path
      service.answer(exchange, method: path.count == 1 ? path[0] : [])
    }
  }
}
