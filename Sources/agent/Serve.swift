/// The command `serve`: reads the configuration and the keys, opens the listeners, runs the loop until SIGTERM or SIGINT.
func serve(configFile: [UInt8]?) throws(AgentError) {
  let config = try readConfig(configFile)
  for name in config.unknown { Log.warning(bytes("unknown configuration key: ") + name) }
  let loop = Loop()
  let agent = try Agent(config, loop)

  // the apps' socket last: who finds it finds the others
  var listeners: [Listener] = []
  listeners.append(
    try listen(config.external, "external", fields: Agent.externalFields, loop, agent.externalService()))
  if let quote = config.quote { listeners.append(try listen(quote, "quote", loop, agent.quoteService())) }
  listeners.append(try listen(config.apps, "internal", loop, agent.internalService()))
  for listener in listeners { loop.add(listener) }
  agent.listeners = listeners
  loop.add(
    try Signals {
      loop.stop()
      for listener in listeners { listener.stop() }
    })
  Log.info(bytes("serving on ") + config.apps.address.text)
  if agent.evidence.isMismatched { Log.error(bytes("the runtime event log does not reproduce RTMR3")) }
  if agent.evidence.isPresent { agent.makeAppCert() } else { Log.warning(bytes("this machine is no TDX guest: no evidence")) }
  loop.run { listeners.allSatisfy { $0.isEmpty } }
}

private func listen(
  _ config: ListenerConfig, _ name: StaticString, fields: [UInt8] = [], _ loop: Loop, _ handler: @escaping Listener.Handler
) throws(AgentError) -> Listener {
  do throws(AgentError) {
    var ownedPath: [UInt8]?
    let socket: Descriptor
    switch config.address {
    case .unix(let path):
      socket = try Sockets.listen(unix: path)
      ownedPath = path
    case .tcp(let address): socket = try Sockets.listen(address: address, port: config.port)
    case .vsock: throw .failed("vsock is not listened on here")
    }
    return Listener(socket, ownedPath: ownedPath, name: name, fields: fields, loop: loop, handler: handler)
  } catch {
    throw AgentError(error.kind, config.address.text + bytes(" ") + error.text)
  }
}

private func readConfig(_ file: [UInt8]?) throws(AgentError) -> Config {
  guard let file else { return Config() }
  if file.suffix(5).matches(".toml") {
    throw AgentError(.invalid, file + bytes(": TOML is not read here; OS images configure the agent in JSON"))
  }
  do throws(AgentError) {
    return try Config(json: Files.read(file, limit: Limits.configFile))
  } catch {
    throw AgentError(error.kind, file + bytes(": ") + error.text)
  }
}
