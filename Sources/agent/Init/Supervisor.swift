/// Records every few seconds how much memory each program has.
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

/// Keeps programs running until the machine is to stop, and takes in every process that ends.
final class Supervisor {
  private let powersOffOnExit: Bool
  private let loop = Loop()
  private var agent: AgentProgram?
  private var network: LeasedNetwork?
  private var programs: [OperatorProgram] = []
  /// What runs before them.
  private var startup: (pid: Int32, status: Int32?) = (0, nil)
  private var hasChildren = false
  /// Somebody has asked for the end.
  private(set) var isStopping = false

  @inline(never)
  init(powersOffOnExit: Bool) throws(AgentError) {
    self.powersOffOnExit = powersOffOnExit
    loop.add(try Signals(stop: { [self] in isStopping = true }, childEnded: { [self] in reap() }))
    for device in PowerButton.devices(pressed: { [self] in isStopping = true }) { loop.add(device) }
  }

  /// Keeps leasing an address from now on.
  func keep(_ network: LeasedNetwork) {
    self.network = network
    loop.add(network)
    loop.add(network.client)
    network.client.expired()
  }

  /// Runs the measured startup to its end, unless the machine is to stop earlier. Throws if it fails.
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

  /// Starts the agent and then programs, in their order, and keeps them running; returns when the machine is to stop.
  @inline(never)
  func run(_ agent: AgentProgram, _ programs: [OperatorProgram]) {
    self.agent = agent
    self.programs = programs
    loop.add(agent)
    agent.expired()
    // programs find a network, as with a fixed address, if a server answers in time
    while !isStopping, let network, !network.isSettled { loop.turn() }
    for program in programs {
      loop.add(program)
      for pipe in program.pipes { loop.add(pipe) }
    }
    if !programs.isEmpty { loop.add(Scales(programs)) }
    beginReady()
    while !isStopping { loop.turn() }
  }

  /// Ends the operator's programs, and when they are gone, everything else.
  func stop() {
    isStopping = true
    agent?.isFinished = true
    network?.client.isFinished = true
    for program in programs {
      program.isFinished = true
      program.end(forced: false)
    }
    let begin = Clock.monotonic()
    // of the programs that are left, those with the shortest grace first
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

  /// The next longer grace of the programs that still run; nil if there is none.
  private func grace(above patience: Int64) -> Int64? {
    var least: Int64?
    for program in programs where program.pid != 0 && program.settings.grace > patience {
      least = min(least ?? Int64.max, program.settings.grace)
    }
    return least
  }

  /// Starts those that wait for nobody any more.
  private func beginReady() {
    let isReady = { (program: OperatorProgram) in
      !program.hasBegun && !self.programs.contains { $0.isNotReady && program.settings.after.contains($0.settings.name) }
    }
    while !isStopping, let program = programs.first(where: isReady) { program.begin() }
  }

  /// Waits as long as something holds.
  private func wait(until deadline: Int64, while holds: () -> Bool) {
    reap()
    while holds(), Clock.monotonic() < deadline { loop.turn(until: deadline) }
  }

  /// Takes in all that have ended: one signal may stand for many.
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
    // the others are orphans
    for program in programs where program.pid == pid {
      program.ended(status)
      if powersOffOnExit, !program.settings.isOnce { isStopping = true }
      beginReady()
    }
  }
}
