/// Keeps programs running until the machine is to stop, and takes in every process that ends.
final class Supervisor {
  private let powersOffOnExit: Bool
  private let loop = Loop()
  private var programs: [SupervisedProgram] = []
  /// What runs before them.
  private var startup: (pid: Int32, status: Int32?) = (0, nil)
  private var hasChildren = false
  /// Somebody has asked for the end.
  private(set) var isStopping = false

  init(powersOffOnExit: Bool) throws(AgentError) {
    self.powersOffOnExit = powersOffOnExit
    loop.add(try Signals(stop: { [self] in isStopping = true }, childEnded: { [self] in reap() }))
    for device in PowerButton.devices(pressed: { [self] in isStopping = true }) { loop.add(device) }
  }

  /// Runs the measured startup to its end, unless the machine is to stop earlier. Throws if it fails.
  func runStartup(_ path: [UInt8], emitsEvents: Bool) throws(AgentError) {
    let arguments = bytes("dstack-guest-agent\0boot\0") + (emitsEvents ? [] : bytes("--no-emit-event\0"))
    startup.pid = try ChildProcess.start { () throws(AgentError) in
      try ChildProcess.replace(path, arguments: arguments, environment: [])
    }
    while startup.status == nil, !isStopping { loop.turn() }
    if let status = startup.status, status != 0 { throw .failed("the measured startup has failed", code: status) }
  }

  /// Starts programs in their order and keeps them running; returns when the machine is to stop.
  func run(_ programs: [SupervisedProgram]) {
    self.programs = programs
    for program in programs { loop.add(program) }
    while !isStopping { loop.turn() }
  }

  /// Ends the operator's programs, and when they are gone, everything else.
  func stop() {
    isStopping = true
    for program in programs { program.isFinished = true }
    endPrograms(forced: false)
    wait { runsPrograms }
    endPrograms(forced: true)
    ChildProcess.endAll(forced: false)
    wait { hasChildren }
    ChildProcess.endAll(forced: true)
    wait { hasChildren }
  }

  private var runsPrograms: Bool { programs.contains { $0.isProgram && $0.pid != 0 } }

  private func endPrograms(forced: Bool) {
    for program in programs where program.isProgram && program.pid != 0 {
      ChildProcess.end(session: program.pid, forced: forced)
    }
  }

  /// Waits as long as something holds, `Limits.stopGrace` at most.
  private func wait(while holds: () -> Bool) {
    let deadline = Clock.monotonic() + Limits.stopGrace
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
    // the others are orphans
    for program in programs where program.pid == pid {
      program.ended(status)
      if program.isProgram, powersOffOnExit { isStopping = true }
    }
  }
}
