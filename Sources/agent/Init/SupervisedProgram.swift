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

/// Another process of this agent, with sockets and files that are open already.
final class AgentProgram: SupervisedProgram {
  private let path: [UInt8]
  /// `argv`, each with a space behind it.
  private let arguments: StaticString
  private let descriptors: [Int32]
  /// Names of the descriptors, separated by colons.
  private let names: StaticString

  init(_ title: StaticString, _ path: [UInt8], arguments: StaticString, _ descriptors: [Int32], names: StaticString) {
    (self.path, self.arguments, self.descriptors, self.names) = (path, arguments, descriptors, names)
    super.init(bytes(title))
    deadline = 0
  }

  override func start() throws(AgentError) -> Int32 {
    try ChildProcess.start(of: title) { () throws(AgentError) in
      ControlGroups.join(nil)
      Process.spareWhenOutOfMemory()
      try ChildProcess.pass(descriptors)
      // sd_listen_fds(3), systemd.exec(5)
      let id = decimal(Int(Process.id))
      var environment = bytes("SYSTEMD_EXEC_PID=", id) + [0]
      environment += bytes("LISTEN_PID=", id) + [0]
      environment += bytes("LISTEN_FDS=", decimal(descriptors.count)) + [0]
      environment += bytes("LISTEN_FDNAMES=") + names + [0]
      try ChildProcess.replace(path, arguments: Arguments.listed(arguments), environment: environment)
    }
  }
}

/// A program of the operator's.
final class OperatorProgram: SupervisedProgram {
  let settings: ProgramSettings
  private let ring: OutputRing
  /// Of its stdout and stderr; none if its output is dropped.
  let pipes: [OutputPipe]
  /// It has been started, or will be at its deadline.
  private(set) var hasBegun = false
  private var hasSucceeded = false

  /// `isShown`: its output goes to the console too.
  init(_ settings: ProgramSettings, _ area: OutputArea, isShown: Bool) throws(AgentError) {
    self.settings = settings
    ring = OutputRing(area, [settings.name, Array(settings.path.prefix(Limits.programPath)), settings.keepsOutput ? [1] : []])
    var pipes: [OutputPipe] = []
    while settings.keepsOutput, pipes.count < 2 {
      let pipe = try RelayPipe()
      pipe.give(to: settings.user, settings.group)
      pipes.append(OutputPipe(pipe, ring, UInt8(pipes.count + 1), isShown: isShown))
    }
    self.pipes = pipes
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
    let pid = try ChildProcess.start(of: title) { () throws(AgentError) in
      let environment = try AppEnvironment.read(over: settings.environment)
      try Separation.enter(settings)
      // /dev/null gives no input and takes all output
      let output = pipes.isEmpty ? (0, 0) : (pipes[0].input.number, pipes[1].input.number)
      try ChildProcess.replace(
        settings.path, arguments: settings.path + [0] + settings.arguments, environment: environment, output: output)
    }
    change(.running) {
      if $0.began > 0 { $0.restarts += 1 }
      $0.began = $0.changed
    }
    return pid
  }

  override func hasEnded(_ status: Int32) -> Bool {
    // what it has left behind would be in the way of the next one
    ControlGroups.end(settings.name)
    for pipe in pipes { pipe.drain() }
    hasSucceeded = status == 0
    let again =
      switch settings.restart {
      case .always: true
      case .onFailure: status != 0
      case .never: false
      }
    if !again, settings.isOnce, status != 0 { Log.error(bytes("those after it are not started: ", title)) }
    change(again ? .restarting : .exited) {
      $0.status = UInt64(clamping: status)
      $0.memory = 0
    }
    return again
  }

  /// Records how much memory it has.
  func weigh() {
    if pid != 0 { ring.tell { $0.memory = ControlGroups.memory(of: settings.name) } }
  }

  private func change(_ state: ProgramRecord.State, _ more: (inout ProgramRecord) -> Void) {
    ring.tell {
      $0.state = state
      $0.changed = UInt64(clamping: Clock.unix())
      more(&$0)
    }
  }

  /// Asks it to end, or ends it, with all that it has started.
  func end(forced: Bool) {
    if pid != 0 { ChildProcess.end(session: pid, forced: forced) }
    if forced { ControlGroups.end(settings.name) }
  }
}
