/// The command `front`: the process for strangers and the host. It holds no secrets, and has access to nothing on the machine but
/// what it opens before it confines itself. The keeper starts it as its child. Descriptor 3 is the channel. Then come, if process
/// 1 started any programs, the file with their output; the listening socket for anyone; and the one for the host, if there is
/// one.
final class Front {
  let keeper: KeeperLink
  let log: LogCopy
  let view: PublicView
  let programs: Programs
  let engine: ContainerEngine
  let machine: MachineStatus
  let network = NetworkSource()
  /// The machine has an NVIDIA card.
  let hasCard = PCIDevices.hasNVIDIADisplay(in: bytes(PCIDevices.directory))
  private let loop: Loop
  private let failures = FailureLog()
  private let room = BodyRoom(Limits.strangersBodies)
  private var listeners: [Listener] = []

  /// What is counted in this process, for metrics.
  var counters: Counters {
    Counters(longestRound: UInt64(clamping: loop.longestRound), listeners: listeners.map { ListenerCounts($0.traffic) })
  }

  /// The arguments that the keeper passes after the command.
  struct Options {
    let user: UInt32
    /// Bytes of address space that it may use.
    let memory: UInt64
    /// Mount points whose disks are reported.
    let dataDisks: [[UInt8]]
  }

  /// Runs the process until it is to end. Throws if it cannot begin.
  @inline(never)
  static func run(_ options: Options) throws(AgentError) {
    Process.openStandardStreams()
    // only the end of the channel ends it: a signal to the whole process group is meant for the keeper
    let signals = try Process.takeSignals(ofChildren: false)
    let channel: Int32 = 3
    let hasOutput = IO.isRegular(channel + 1)
    let programs = Programs(hasOutput ? OpenFile(Descriptor(owning: channel + 1)) : nil)
    let listener = channel + (hasOutput ? 2 : 1)
    let external = OpenFile(try Sockets.adopt(listener))
    var host: OpenFile?
    if let socket = try? Sockets.adopt(listener + 1) { host = OpenFile(socket) }
    _ = (SMBIOS.vendor, SMBIOS.product)
    let front = Front(Descriptor(owning: channel), programs, options, try Loop())
    Confinement.front(user: options.user, memory: options.memory)
    front.serve(external, host)
    _ = signals
  }

  @inline(never)
  private init(_ channel: consuming Descriptor, _ programs: Programs, _ options: Options, _ loop: Loop) {
    self.loop = loop
    keeper = KeeperLink(channel)
    log = LogCopy(keeper)
    view = PublicView(keeper, log)
    self.programs = programs
    engine = ContainerEngine(keeper, loop, programs)
    machine = MachineStatus(dataDisks: options.dataDisks)
  }

  /// Begins once the keeper has said what the app shows. Returns when the keeper wants it to end, or is gone.
  private func serve(_ external: OpenFile, _ host: OpenFile?) {
    loop.add(keeper)
    keeper.stopped = { [self] in
      loop.stop()
      for listener in listeners { listener.stop() }
    }
    view.begin()
    view.look { [self] state in
      let health = HealthMonitor(loop, look(state.health))
      loop.add(health)
      listen(external, "external", Self.externalFields, externalService(state.visibility, health))
      if let host { listen(host, "guest-api", [], guestService()) }
    }
    loop.run { [self] in keeper.isGone || listeners.allSatisfy { $0.isEmpty } }
  }

  private func listen(_ socket: OpenFile, _ name: StaticString, _ fields: [UInt8], _ handler: @escaping Listener.Handler) {
    guard let socket = socket.take() else { return }
    let listener = Listener(
      socket, ownedPath: nil, name: name, fields: fields, room: room, loop: loop, failures: failures, handler: handler)
    listeners.append(listener)
    loop.add(listener)
  }

  /// How the app's health is checked; nil if the app does not want that.
  private func look(_ source: HealthSource) -> HealthMonitor.Looker? {
    switch source {
    case .none: nil
    case .file(let path): { [keeper] in HealthFile.look(path, keeper, $0) }
    case .containers(let project): { [engine, keeper] in ComposeHealth.look(project, engine, keeper, $0) }
    }
  }
}
