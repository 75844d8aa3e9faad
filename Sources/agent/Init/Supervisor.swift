/// Keeps programs running until the machine is to stop, and takes in every process that ends.
final class Supervisor {
  private let powersOffOnExit: Bool
  private let signals: Descriptor
  private var buttons = PowerButton.devices()
  private var poll = Poll()
  private var children: [SupervisedProgram] = []
  /// What runs before them.
  private var startup: (pid: Int32, status: Int32?) = (0, nil)
  private var hasChildren = false
  /// Somebody has asked for the end.
  private(set) var isStopping = false

  init(powersOffOnExit: Bool) throws(AgentError) {
    self.powersOffOnExit = powersOffOnExit
    signals = try Process.takeSignals()
    try Process.watchChildren(signals.number)
  }

  /// Runs the measured startup to its end, unless the machine is to stop earlier. Throws if it fails.
  func runStartup(_ path: [UInt8]) throws(AgentError) {
    startup.pid = try ChildProcess.start { () throws(AgentError) in
      try ChildProcess.replace(path, arguments: bytes("dstack-guest-agent\0boot\0"), environment: [])
    }
    while startup.status == nil, !isStopping { wait(until: Int64.max) }
    if let status = startup.status, status != 0 { throw .failed("the measured startup has failed", code: status) }
  }

  /// Starts children in their order and keeps them running; returns when the machine is to stop.
  func run(_ children: [SupervisedProgram]) {
    self.children = children
    while !isStopping {
      var earliest = Int64.max
      for child in children {
        child.startIfDue()
        if child.pid == 0 { earliest = min(earliest, child.due) }
      }
      wait(until: earliest)
    }
  }

  /// Ends the operator's programs, and when they are gone, everything else.
  func stop() {
    isStopping = true
    endPrograms(forced: false)
    let deadline = Clock.monotonic() + Limits.stopGrace
    while hasPrograms, Clock.monotonic() < deadline { wait(until: deadline) }
    endPrograms(forced: true)
    ChildProcess.endAll(forced: false)
    waitForAll()
    ChildProcess.endAll(forced: true)
    waitForAll()
  }

  private var hasPrograms: Bool {
    for child in children where child.isProgram && child.pid != 0 { return true }
    return false
  }

  private func endPrograms(forced: Bool) {
    for child in children where child.isProgram && child.pid != 0 { ChildProcess.end(session: child.pid, forced: forced) }
  }

  private func waitForAll() {
    let deadline = Clock.monotonic() + Limits.stopGrace
    reap()
    while hasChildren, Clock.monotonic() < deadline { wait(until: deadline) }
  }

  /// Waits for what happens, at most until a time of `Clock.monotonic`, and takes note of it.
  private func wait(until deadline: Int64) {
    poll.removeAll()
    poll.add(signals.number, Poll.readable)
    for button in buttons { poll.add(button, Poll.readable) }
    let left = max(0, deadline - Clock.monotonic())
    guard poll.wait(deadline == Int64.max ? -1 : Int32(clamping: left)) else { return }
    while let signal = Process.nextSignal(signals.number) {
      if !Process.isChildSignal(signal) { isStopping = true }
    }
    // one signal may stand for many children
    reap()
    for index in buttons.indices where poll[index + 1] != 0 {
      var events: [UInt8] = []
      switch IO.read(buttons[index], appendingTo: &events, limit: Limits.inputEvents) {
      case .bytes: if PowerButton.isPressed(events) { isStopping = true }
      // a device that is gone would wake the poll for ever; this number is passed over
      default: buttons[index] = -1
      }
    }
  }

  private func reap() {
    while true {
      switch ChildProcess.reap() {
      case .noChildren: return hasChildren = false
      case .nothingYet: return hasChildren = true
      case .ended(let ended): note(ended)
      }
    }
  }

  private func note(_ ended: ChildProcess.Ended) {
    if ended.pid == startup.pid { startup.status = ended.status }
    // the others are orphans
    for child in children where child.pid == ended.pid {
      child.ended(ended.status)
      if child.isProgram, powersOffOnExit { isStopping = true }
    }
  }
}
