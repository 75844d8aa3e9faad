/// A program that runs as long as the machine does, and is started again when it ends.
final class SupervisedProgram: EventSource {
  /// Those that are given to this agent, which serves on them; nil for a program of the operator's.
  private let sockets: [Int32]?
  /// Of the executable file.
  let path: [UInt8]
  /// 0 while it does not run.
  private(set) var pid: Int32 = 0
  private var started: Int64 = 0
  private var pause = Limits.restartPause

  init(_ path: [UInt8], sockets: [Int32]? = nil) {
    self.path = path
    self.sockets = sockets
    super.init(nil)
    deadline = 0
  }

  var isProgram: Bool { sockets == nil }

  /// Starts it.
  override func expired() {
    deadline = Int64.max
    started = Clock.monotonic()
    do throws(AgentError) {
      pid = if let sockets { try Self.startAgent(path, sockets) } else { try Self.startProgram(path) }
    } catch {
      Log.error(error.text)
      wait()
    }
  }

  /// It has ended, with a status as in `ChildProcess.Reaped`.
  func ended(_ status: Int32) {
    pid = 0
    Log.failure("has ended: ", isProgram ? path : bytes("the agent"), code: status)
    // one that ran for long enough is not one that cannot start
    if Clock.monotonic() - started >= Limits.restartPauseLimit { pause = Limits.restartPause }
    wait()
  }

  private func wait() {
    deadline = Clock.monotonic() + pause
    pause = min(2 * pause, Limits.restartPauseLimit)
  }

  private static func startAgent(_ path: [UInt8], _ sockets: [Int32]) throws(AgentError) -> Int32 {
    try ChildProcess.start { () throws(AgentError) in
      try ChildProcess.pass(sockets)
      // sd_listen_fds(3), systemd.exec(5)
      let id = decimal(Int(Process.id))
      var environment = bytes("SYSTEMD_EXEC_PID=") + id + "\0LISTEN_PID=" + id
      environment += bytes("\0LISTEN_FDS=") + decimal(sockets.count)
      environment += "\0LISTEN_FDNAMES=dstack:tappd\0"
      try ChildProcess.replace(
        path, arguments: bytes("dstack-guest-agent\0serve\0-c\0/dstack/agent.json\0"), environment: environment)
    }
  }

  private static func startProgram(_ path: [UInt8]) throws(AgentError) -> Int32 {
    try ChildProcess.start { () throws(AgentError) in
      try ChildProcess.replace(path, arguments: path + [0], environment: try AppEnvironment.read())
    }
  }
}
