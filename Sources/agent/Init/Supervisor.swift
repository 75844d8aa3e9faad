/// Records how much memory each program uses, once in `Limits.programMemory`.
private final class Scales: EventSource {
  private let programs: [OperatorProgram]

  init(_ programs: [OperatorProgram]) {
    self.programs = programs
    super.init(nil)
    deadline = 0
  }

  override func expired() {
    for program in programs { program.weigh() }
    deadline = Clock.monotonic() + Limits.programMemory
  }
}

/// Keeps the agent and the programs running until the machine is to stop, and reaps every process that ends, orphans included.
final class Supervisor {
  private let powersOffOnExit: Bool
  private let loop: Loop
  private var agent: AgentProgram?
  private var network: LeasedNetwork?
  private var programs: [OperatorProgram] = []
  /// The measured startup; `status` is nil until it has ended.
  private var startup: (pid: Int32, status: Int32?) = (0, nil)
  private var hasChildren = false
  /// Whether the machine is to stop: by a signal, the power button, or a program's end with `powersOffOnExit`.
  private(set) var isStopping = false

  /// Takes SIGTERM, SIGINT and SIGCHLD, and watches the power button.
  @inline(never)
  init(powersOffOnExit: Bool) throws(AgentError) {
    self.powersOffOnExit = powersOffOnExit
    loop = try Loop()
    loop.add(try Signals(stop: { [self] in isStopping = true }, childEnded: { [self] in reap() }))
    if let socket = ACPIEvents.open() { loop.add(PowerButton(socket, pressed: { [self] in isStopping = true })) }
  }

  /// Runs the DHCP client from now on.
  func keep(_ network: LeasedNetwork) {
    self.network = network
    loop.add(network)
    loop.add(network.client)
    network.client.expired()
  }

  /// Runs the measured startup and waits until it ends or the machine is to stop. Throws `.failed` if it fails.
  @inline(never)
  func runStartup(_ path: [UInt8], emitsEvents: Bool, _ disk: DiskUse) throws(AgentError) {
    var arguments = Arguments.listed("dstack-guest-agent boot --machine ")
    if !emitsEvents { arguments += Arguments.listed("--no-emit-event ") }
    if disk != .none { arguments += Arguments.listed("--disk ") + disk.word + [0] }
    startup.pid = try ChildProcess.start { () throws(AgentError) in
      try ChildProcess.replace(path, arguments: arguments, environment: [])
    }
    while startup.status == nil, !isStopping { loop.turn() }
    if let status = startup.status, status != 0 { throw .failed("the measured startup has failed", code: status) }
  }

  /// Starts the agent and then the programs, in order, and keeps them running. Returns when the machine is to stop.
  @inline(never)
  func run(_ agent: AgentProgram, _ programs: [OperatorProgram]) {
    self.agent = agent
    self.programs = programs
    loop.add(agent)
    agent.expired()
    // so that programs find a network, as with a fixed address, if a server answers within `Limits.firstLease`
    while !isStopping, let network, !network.isSettled { loop.turn() }
    for program in programs {
      loop.add(program)
      for pipe in program.pipes { loop.add(pipe) }
    }
    if !programs.isEmpty { loop.add(Scales(programs)) }
    beginReady()
    while !isStopping { loop.turn() }
  }

  /// Stops the operator's programs, with SIGTERM and, after each one's grace time, SIGKILL; then every other process.
  func stop() {
    isStopping = true
    agent?.isFinished = true
    network?.client.isFinished = true
    for program in programs {
      program.isFinished = true
      program.end(forced: false)
    }
    let begin = Clock.monotonic()
    // kill the programs that are left as their grace times run out, shortest first
    var patience: Int64 = 0
    while let next = grace(above: patience) {
      wait(until: begin + next) { [self] in grace(above: patience) != nil }
      for program in programs where program.pid != 0 && program.settings.grace == next { program.end(forced: true) }
      patience = next
    }
    ChildProcess.endAll(forced: false)
    wait(until: Clock.monotonic() + Limits.stopGrace) { [self] in hasChildren }
    ChildProcess.endAll(forced: true)
    wait(until: Clock.monotonic() + Limits.stopGrace) { [self] in hasChildren }
  }

  /// The shortest grace time above `patience` among the programs that still run; nil if there is none.
  private func grace(above patience: Int64) -> Int64? {
    var least: Int64?
    for program in programs where program.pid != 0 && program.settings.grace > patience {
      least = min(least ?? Int64.max, program.settings.grace)
    }
    return least
  }

  /// Starts the programs that no longer wait for another.
  private func beginReady() {
    let isReady = { (program: OperatorProgram) in
      !program.hasBegun && !self.programs.contains { $0.isNotReady && program.settings.after.contains($0.settings.name) }
    }
    while !isStopping, let program = programs.first(where: isReady) { program.begin() }
  }

  /// Runs the loop while `holds()`, but not past the deadline.
  private func wait(until deadline: Int64, while holds: () -> Bool) {
    reap()
    while holds(), Clock.monotonic() < deadline { loop.turn(until: deadline) }
  }

  /// Reaps all children that have ended: one SIGCHLD may stand for many.
  private func reap() {
    while true {
      switch ChildProcess.reap() {
      case .noChildren: return hasChildren = false
      case .nothingYet: return hasChildren = true
      case .ended(let pid, let status): note(pid, status)
      }
    }
  }

  private func note(_ pid: Int32, _ status: Int32) {
    if pid == startup.pid { startup.status = status }
    if pid == agent?.pid { agent?.ended(status) }
    if pid == network?.client.pid, !isStopping { network?.client.ended(status) }
    // any other process is an orphan, and is only reaped
    for program in programs where program.pid == pid {
      program.ended(status)
      if powersOffOnExit, !program.settings.isOnce { isStopping = true }
      beginReady()
    }
  }
}
