/// What runs as long as the machine does, and is started again when it ends. Subclasses say what.
class SupervisedProgram: EventSource {
  /// What lines of the log call it.
  let title: [UInt8]
  /// 0 while it does not run.
  private(set) final var pid: Int32 = 0
  private var pause = RestartPause()

  init(_ title: [UInt8]) {
    self.title = title
    super.init(nil)
  }

  /// Starts a child that becomes it, whose number is returned.
  func start() throws(AgentError) -> Int32 { 0 }

  /// Whether it is to be started again.
  func hasEnded(_ status: Int32) -> Bool { true }

  /// The time has come to start it.
  final override func expired() {
    deadline = Int64.max
    pause.begin(Clock.monotonic())
    do throws(AgentError) { pid = try start() } catch {
      Log.error(error.during(title).text)
      wait()
    }
  }

  /// It has ended, with a status as in `ChildProcess.Reaped`.
  final func ended(_ status: Int32) {
    pid = 0
    Log.write(status == 0 ? .info : .error, title + ChildProcess.words(of: status))
    if hasEnded(status) { wait() }
  }

  private func wait() { deadline = pause.end(Clock.monotonic()) }
}

/// A process of this agent's own, on sockets that are open already.
final class AgentProgram: SupervisedProgram {
  private let path: [UInt8]
  /// From the name on, with a NUL behind each.
  private let arguments: StaticString
  private let sockets: [Int32]
  /// Of the sockets, with colons between them.
  private let names: StaticString

  init(_ title: StaticString, _ path: [UInt8], arguments: StaticString, _ sockets: [Int32], names: StaticString) {
    (self.path, self.arguments, self.sockets, self.names) = (path, arguments, sockets, names)
    super.init(bytes(title))
    deadline = 0
  }

  override func start() throws(AgentError) -> Int32 {
    try ChildProcess.start(of: title) { () throws(AgentError) in
      ControlGroups.join(nil)
      Process.spareWhenOutOfMemory()
      try ChildProcess.pass(sockets)
      // sd_listen_fds(3), systemd.exec(5)
      let id = decimal(Int(Process.id))
      var environment = bytes("SYSTEMD_EXEC_PID=") + id + "\0LISTEN_PID=" + id
      environment += bytes("\0LISTEN_FDS=") + decimal(sockets.count)
      environment += bytes("\0LISTEN_FDNAMES=") + bytes(names) + [0]
      try ChildProcess.replace(path, arguments: bytes(arguments), environment: environment)
    }
  }
}

/// A program of the operator's.
final class OperatorProgram: SupervisedProgram {
  let settings: ProgramSettings
  /// It has been started, or will be at its deadline.
  private(set) var hasBegun = false
  private var hasSucceeded = false

  init(_ settings: ProgramSettings) {
    self.settings = settings
    super.init(settings.name)
  }

  /// Those that are to be after it have to wait.
  var isNotReady: Bool { settings.isOnce ? !hasSucceeded : !hasBegun }

  func begin() {
    hasBegun = true
    ControlGroups.make(settings)
    expired()
  }

  override func start() throws(AgentError) -> Int32 {
    try ChildProcess.start(of: title) { () throws(AgentError) in
      let environment = try AppEnvironment.read(over: settings.environment)
      try Separation.enter(settings)
      try ChildProcess.replace(settings.path, arguments: settings.path + [0] + settings.arguments, environment: environment)
    }
  }

  override func hasEnded(_ status: Int32) -> Bool {
    // what it has left behind would be in the way of the next one
    ControlGroups.end(settings.name)
    hasSucceeded = status == 0
    switch settings.restart {
    case .always: return true
    case .onFailure: return status != 0
    case .never:
      if settings.isOnce, status != 0 { Log.error(bytes("those after it are not started: ") + title) }
      return false
    }
  }

  /// Asks it to end, or ends it, with all that it has started.
  func end(forced: Bool) {
    if pid != 0 { ChildProcess.end(session: pid, forced: forced) }
    if forced { ControlGroups.end(settings.name) }
  }
}
