/// The command `serve`: reads the configuration, starts the front, reads the keys, opens the apps' listeners and runs the loop
/// until SIGTERM or SIGINT has arrived and what was in flight is answered. Throws if the agent cannot start.
func serve(configFile: [UInt8]?) throws(AgentError) {
  Process.openStandardStreams()
  Log.wait(Limits.startLogPatience)
  // before the first descriptor is opened: what was passed is known by its number
  let activation = try takeSockets()
  let loop = try Loop()
  let notify = Notify(loop)
  loop.add(notify)
  let config = try readConfig(configFile)
  for name in config.unknown { Log.warning(bytes("unknown configuration key: ", name)) }
  // before the keys are read, so that no front can inherit one
  let app = try readApp(config)
  let fronts = try startFront(config, activation, app, loop)
  Confinement.keeper(config, app)
  let agent = try makeAgent(config, app, loop)
  let desk = FrontDesk(agent, engine: config.dockerSocket)
  fronts.handler = { (message, reply) throws(AgentError) in try desk.answer(message, reply) }

  var opener = ListenerOpener(loop: loop)
  try opener.open("internal-v0", config.tappd, activated: activation.tappd, agent.tappdService())
  if config.quote != nil || activation.quote != nil {
    try opener.open("quote", config.quote ?? config.apps, activated: activation.quote, agent.quoteService())
  }
  // the apps' socket last: once it is there, all of them are
  try opener.open("internal", config.apps, activated: activation.apps, agent.internalService())
  let listeners = opener.listeners
  agent.traffic = listeners.map { $0.traffic }
  loop.add(
    try Signals {
      notify.tell("STOPPING=1\nSTATUS=answering what is in flight\n")
      loop.stop()
      fronts.stop()
      for listener in listeners { listener.stop() }
    })
  agent.evidence.start()
  for unused in activation.unused {
    Log.warning("a socket passed by the supervisor is not used")
    // closed, because the descriptor is dropped
    _ = Descriptor(owning: unused)
  }
  Log.info(bytes("serving on ") + (activation.apps == nil ? config.apps.address.text : bytes("the supervisor's sockets")))
  if agent.evidence.hasForeignEvents {
    Log.error(CCEL.foreign.text)
  } else if agent.evidence.isMismatched {
    Log.error("the runtime event log does not reproduce RTMR3")
  }
  if let obstacle = agent.evidence.obstacle {
    Log.error(bytes("no evidence: ", obstacle.text))
    notify.tell("READY=1\nSTATUS=serving keys; no evidence, as the firmware's event log cannot be used\n")
  } else if agent.evidence.isPresent {
    // ready without the app certificate: the KMS may be slow to sign it, and services that wait for this one do not need it
    notify.tell("READY=1\nSTATUS=serving keys and evidence; making the app certificate\n")
    agent.appCertificate.tried = {
      notify.tell(
        agent.appCertificate.chain == nil
          ? "STATUS=serving keys and evidence; no app certificate yet\n" : "STATUS=serving keys and evidence\n")
    }
    agent.appCertificate.make()
  } else {
    Log.warning("this machine is not a TDX guest: no evidence")
    notify.tell("READY=1\nSTATUS=serving keys; not a TDX guest, no evidence\n")
  }
  if fronts.sockets.count == 1 { Log.info("this machine has no vsock: its host cannot call") }
  Log.wait(Limits.logPatience)
  loop.run { fronts.isGone && listeners.allSatisfy { $0.isEmpty } }
}

// Not inlined: otherwise each exit from a step would have its own code to release what the steps before it made.

@inline(never)
private func takeSockets() throws(AgentError) -> SocketActivation { try SocketActivation.take() }

@inline(never)
private func readApp(_ config: Config) throws(AgentError) -> AppDescription { try Agent.app(config) }

@inline(never)
private func makeAgent(_ config: Config, _ app: AppDescription, _ loop: Loop) throws(AgentError) -> Agent {
  try Agent(config, app, loop)
}

/// Opens the sockets for strangers and for the host, and starts the process that serves them.
@inline(never)
private func startFront(
  _ config: Config, _ activation: SocketActivation, _ app: AppDescription, _ loop: Loop
) throws(AgentError) -> Fronts {
  var sockets: [OpenFile] = []
  var paths: [[UInt8]] = []
  @inline(never)
  func open(_ listener: ListenerConfig, _ activated: Int32?) throws(AgentError) {
    if let activated { return sockets.append(OpenFile(try Sockets.adopt(activated))) }
    // without vsock the host has no way to call
    guard let socket = try listener.openAgain() else { return }
    sockets.append(OpenFile(socket))
    if case .unix(let path) = listener.address { paths.append(path) }
  }
  try open(config.external, activation.external)
  try open(config.guestAPI, activation.guestAPI)
  var arguments = decimal(config.frontUser) + [0]
  arguments += decimal(Limits.frontMemory + Limits.frontMemoryFactor * app.compose.bytes.count) + [0]
  for disk in config.dataDisks where !disk.isEmpty && !disk.contains(0) { arguments += disk + [0] }
  let output = activation.programs.map { OpenFile(Descriptor(owning: $0)) }
  if let output, !IO.isRegular(output.number) { throw .invalid("the descriptor passed as programs is not a file") }
  let fronts = Fronts(loop, sockets, output, ownedPaths: paths, arguments: arguments)
  loop.add(fronts)
  fronts.start()
  return fronts
}

extension ListenerConfig {
  /// As `open`, but retries: the front of a keeper that has just ended may still hold the address for a moment.
  fileprivate func openAgain() throws(AgentError) -> Descriptor? {
    for _ in 0..<Limits.frontEndTries {
      do throws(AgentError) { return try open() } catch { if error.kind == .invalid { throw error } }
      Errno.pause()
    }
    return try open()
  }

  /// Opens a listening socket; nil for vsock on a machine that has none. Error texts begin with its place.
  fileprivate func open() throws(AgentError) -> Descriptor? {
    do throws(AgentError) {
      switch address {
      case .unix(let path): return try Sockets.listen(unix: path)
      case .tcp(let address): return try Sockets.listen(address: address, port: port)
      case .vsock(let cid): return try Sockets.listen(vsock: cid, port: port)
      }
    } catch {
      throw AgentError(error.kind, place + " " + error.text)
    }
  }

  private var place: [UInt8] {
    if case .unix = address { address.text } else { address.text + " port " + decimal(port) }
  }
}

/// Opens the apps' listeners.
private struct ListenerOpener {
  let loop: Loop
  let failures = FailureLog()
  var listeners: [Listener] = []
  /// The room for request bodies that all these listeners share.
  let room = BodyRoom(Limits.requestBodies)

  /// Opens a listener. `activated` is a listening socket from the supervisor, which replaces the configured address.
  @inline(never)
  mutating func open(
    _ name: StaticString, _ config: ListenerConfig, activated: Int32? = nil, _ handler: @escaping Listener.Handler
  ) throws(AgentError) {
    var path: [UInt8]?
    if activated == nil, case .unix(let address) = config.address { path = address }
    let socket = if let activated { try Sockets.adopt(activated) } else { try config.open() }
    guard let socket else { return Log.info("this machine has no vsock") }
    let listener = Listener(socket, ownedPath: path, name: name, room: room, loop: loop, failures: failures, handler: handler)
    listeners.append(listener)
    loop.add(listener)
  }
}

@inline(never)
private func readConfig(_ file: [UInt8]?) throws(AgentError) -> Config {
  guard let file else { return Config() }
  if file.suffix(5).matches(".toml") {
    throw AgentError(.invalid, file + ": TOML is not supported: write the configuration in JSON")
  }
  return try AgentError.during(file, try Config(json: Files.read(file, limit: Limits.configFile)))
}
