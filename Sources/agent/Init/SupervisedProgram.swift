/// A child process that is restarted when it ends, after a pause that grows with each quick end (`RestartPause`). Subclasses say what runs.
class SupervisedProgram: EventSource {
  /// Its name in the log.
  let title: [UInt8]
  /// Its process ID; 0 while it does not run.
  private(set) final var pid: Int32 = 0
  private var pause = RestartPause()

  init(_ title: [UInt8]) {
    self.title = title
    super.init(nil)
  }

  /// Starts a child that becomes the program; returns its process ID.
  func start() throws(AgentError) -> Int32 { 0 }

  /// Called when it has ended. Returns whether to restart it; `status` is as in `ChildProcess.Reaped`.
  func hasEnded(_ status: Int32) -> Bool { true }

  /// Starts it: the pause is over.
  final override func expired() {
    deadline = Int64.max
    pause.begin(Clock.monotonic())
    do throws(AgentError) { pid = try start() } catch {
      Log.error(error.during(title).text)
      wait()
    }
  }

  /// Call when it has been reaped. `status` is as in `ChildProcess.Reaped`.
  final func ended(_ status: Int32) {
    pid = 0
    Log.write(status == 0 ? .info : .error, title + ChildProcess.words(of: status))
    if hasEnded(status) { wait() }
  }

  private func wait() { deadline = pause.end(Clock.monotonic()) }
}

/// A process of this agent that is given open sockets and files, by the protocol of sd_listen_fds(3).
final class AgentProgram: SupervisedProgram {
  private let path: [UInt8]
  /// `argv`, each string followed by a space.
  private let arguments: StaticString
  private let descriptors: [Int32]
  /// The descriptors' names for LISTEN_FDNAMES, separated by colons.
  private let names: StaticString

  /// `descriptors` become 3 and up in the process.
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

/// One of the operator's programs.
final class OperatorProgram: SupervisedProgram {
  /// How it runs.
  let settings: ProgramSettings
  private let ring: OutputRing
  /// Of its stdout and stderr; empty if its output is not kept.
  let pipes: [OutputPipe]
  /// Whether its first start has been tried; retries follow at the deadline.
  private(set) var hasBegun = false
  private var hasSucceeded = false

  /// `isShown`: whether its output also goes to the console.
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

  /// Whether programs that list it in `after` must still wait.
  var isNotReady: Bool { settings.isOnce ? !hasSucceeded : !hasBegun }

  /// Starts it for the first time.
  func begin() {
    hasBegun = true
    expired()
  }

  override func start() throws(AgentError) -> Int32 {
    let pid = try ChildProcess.start(of: title) { () throws(AgentError) in
      let environment = try AppEnvironment.read(over: settings.environment)
      try Separation.enter(settings)
      // 0, stdin, is /dev/null, which takes output too
      let output = pipes.isEmpty ? (0, 0) : (pipes[0].input.number, pipes[1].input.number)
      try AgentError.during(
        settings.place(of: .program),
        try ChildProcess.replace(
          settings.path, arguments: settings.path + [0] + settings.arguments, environment: environment, output: output))
    }
    change(.running) {
      if $0.began > 0 { $0.restarts += 1 }
      $0.began = $0.changed
    }
    return pid
  }

  override func hasEnded(_ status: Int32) -> Bool {
    // leftover processes would get in the way of the next start
    ControlGroups.end(settings.name)
    for pipe in pipes { pipe.drain() }
    hasSucceeded = status == 0
    let again =
      switch settings.restart {
      case .always: true
      case .onFailure: status != 0
      case .never: false
      }
    if !again, settings.isOnce, status != 0 { Log.error(bytes("not starting the programs after ", title)) }
    change(again ? .restarting : .exited) {
      $0.status = UInt64(clamping: status)
      $0.memory = 0
    }
    return again
  }

  /// Records how much memory it uses.
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

  /// Sends SIGTERM to its process group; with `forced` SIGKILL, and kills its whole control group.
  func end(forced: Bool) {
    if pid != 0 { ChildProcess.end(session: pid, forced: forced) }
    if forced { ControlGroups.end(settings.name) }
  }
}
