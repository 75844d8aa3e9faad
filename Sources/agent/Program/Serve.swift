/// The command `serve`: reads the configuration and the keys, opens the listeners, runs the loop until SIGTERM or SIGINT.
func serve(configFile: [UInt8]?) throws(AgentError) {
  let loop = Loop()
  let activation = try SocketActivation.take()
  let notify = Notify(loop)
  loop.add(notify)
  let config = try readConfig(configFile)
  for name in config.unknown { Log.warning(bytes("unknown configuration key: ") + name) }
  let agent = try Agent(config, loop)

  var opener = ListenerOpener(loop: loop)
  try opener.open("external", config.external, fields: Agent.externalFields, agent.externalService())
  try opener.open("guest-api", config.guestAPI, agent.guestService())
  opener.room = BodyRoom(Limits.requestBodies)
  try opener.open("internal-v0", config.tappd, activated: activation.tappd, agent.tappdService())
  if let quote = config.quote { try opener.open("quote", quote, agent.quoteService()) }
  // the apps' socket last: who finds it finds the others
  try opener.open("internal", config.apps, activated: activation.apps, agent.internalService())
  let listeners = opener.listeners
  agent.traffic = listeners.map { $0.traffic }
  loop.add(
    try Signals {
      notify.tell("STOPPING=1\nSTATUS=answering what is in flight\n")
      loop.stop()
      for listener in listeners { listener.stop() }
    })
  agent.evidence.start()
  for unused in activation.unused {
    Log.warning(bytes("a socket that the supervisor hands over is not used"))
    // closed, as nobody takes it over
    _ = Descriptor(owning: unused)
  }
  Log.info(bytes("serving on ") + (activation.apps == nil ? config.apps.address.text : bytes("the supervisor's sockets")))
  if agent.evidence.hasForeignEvents {
    Log.error(CCEL.foreign.text)
  } else if agent.evidence.isMismatched {
    Log.error(bytes("the runtime event log does not reproduce RTMR3"))
  }
  if let obstacle = agent.evidence.obstacle {
    Log.error(bytes("no evidence: ") + obstacle.text)
    notify.tell("READY=1\nSTATUS=serving keys; no evidence, as the firmware's event log cannot be used\n")
  } else if agent.evidence.isPresent {
    // a KMS may take its time for the app certificate, and what starts behind this service needs none
    notify.tell("READY=1\nSTATUS=serving keys and evidence; making the app certificate\n")
    agent.appCertificate.tried = {
      notify.tell(
        agent.appCertificate.chain == nil
          ? "STATUS=serving keys and evidence; no app certificate yet\n" : "STATUS=serving keys and evidence\n")
    }
    agent.appCertificate.make()
  } else {
    Log.warning(bytes("this machine is no TDX guest: no evidence"))
    notify.tell("READY=1\nSTATUS=serving keys; no TDX guest, no evidence\n")
  }
  loop.run { listeners.allSatisfy { $0.isEmpty } }
}

/// Opens the listeners of the configuration.
private struct ListenerOpener {
  let loop: Loop
  let failures = FailureLog()
  var listeners: [Listener] = []
  /// For the bodies of all that is opened; strangers take none of the apps'.
  var room = BodyRoom(Limits.strangersBodies)

  /// `activated` is the descriptor that the supervisor hands over in place of the address.
  @inline(never)
  mutating func open(
    _ name: StaticString, _ config: ListenerConfig, activated: Int32? = nil, fields: [UInt8] = [],
    _ handler: @escaping Listener.Handler
  ) throws(AgentError) {
    var path: [UInt8]?
    do throws(AgentError) {
      let socket: Descriptor
      if let activated {
        socket = try Sockets.adopt(activated)
      } else {
        switch config.address {
        case .unix(let address):
          socket = try Sockets.listen(unix: address)
          path = address
        case .tcp(let address): socket = try Sockets.listen(address: address, port: config.port)
        case .vsock(let cid):
          guard let vsock = try Sockets.listen(vsock: cid, port: config.port) else {
            return Log.info(bytes("this machine has no vsock: its host cannot call"))
          }
          socket = vsock
        }
      }
      let listener = Listener(
        socket, ownedPath: path, name: name, fields: fields, room: room, loop: loop, failures: failures,
        handler: handler)
      listeners.append(listener)
      loop.add(listener)
    } catch {
      throw AgentError(error.kind, config.address.text + bytes(" ") + error.text)
    }
  }
}

private func readConfig(_ file: [UInt8]?) throws(AgentError) -> Config {
  guard let file else { return Config() }
  if file.suffix(5).matches(".toml") {
    throw AgentError(.invalid, file + bytes(": TOML is not read here; OS images configure the agent in JSON"))
  }
  return try AgentError.during(file, try Config(json: Files.read(file, limit: Limits.configFile)))
}
