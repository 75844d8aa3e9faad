/// The command `serve`: reads the configuration and the keys, opens the listeners, runs the loop until SIGTERM or SIGINT.
func serve(configFile: [UInt8]?) throws(AgentError) {
  let config = try readConfig(configFile)
  for name in config.unknown { Log.warning(bytes("unknown configuration key: ") + name) }
  let loop = Loop()
  let agent = try Agent(config, loop)

  var listeners: [Listener] = []
  listeners.append(try listen(config.apps, loop, agent.internalService()))
  if let quote = config.quote { listeners.append(try listen(quote, loop, agent.quoteService())) }
  for listener in listeners { loop.add(listener) }
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

private func listen(_ config: ListenerConfig, _ loop: Loop, _ handler: @escaping Listener.Handler) throws(AgentError)
  -> Listener
{
  do throws(AgentError) {
    switch config.address {
    case .unix(let path): return Listener(try Sockets.listen(unix: path), ownedPath: path, loop: loop, handler: handler)
    case .tcp(let address):
      return Listener(try Sockets.listen(address: address, port: config.port), ownedPath: nil, loop: loop, handler: handler)
    case .vsock: throw .failed("vsock is not listened on here")
    }
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
