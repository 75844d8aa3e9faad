/// The command `serve`: reads the configuration and the keys, opens the listeners, runs the loop until SIGTERM or SIGINT.
func serve(configFile: [UInt8]?) throws(AgentError) {
  let config = try readConfig(configFile)
  for name in config.unknown { Log.warning(bytes("unknown configuration key: ") + name) }
  let agent = try Agent(config)

  let loop = Loop()
  var listeners: [Listener] = []
  guard case .unix(let path) = config.internalAddress else { throw .invalid("internal.address is no unix: address") }
  do throws(AgentError) {
    listeners.append(Listener(try Sockets.listen(unix: path), ownedPath: path, loop: loop, handler: agent.internalService()))
  } catch {
    throw AgentError(error.kind, path + bytes(" ") + error.text)
  }
  for listener in listeners { loop.add(listener) }
  loop.add(
    try Signals {
      loop.stop()
      for listener in listeners { listener.stop() }
    })
  Log.info(bytes("serving on ") + path)
  loop.run { listeners.allSatisfy { $0.isEmpty } }
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
