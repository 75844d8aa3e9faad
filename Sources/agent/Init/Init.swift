/// The command `init`: process 1 of a machine in which there is nothing but this program and what its operator added. It prepares the
/// machine, has it measured (`boot`), serves (`serve`), runs the operator's programs, and powers off.
enum Init {
  private static let programs: StaticString = "/etc/dstack/run.d"
  /// This program, wherever it lies.
  private static let own: StaticString = "/proc/self/exe"

  /// Returns only if the machine cannot be stopped. Throws if this is not process 1.
  static func run() throws(AgentError) {
    guard Process.id == 1 else { throw .invalid("init runs as process 1 only") }
    var settings = KernelCommandLine()
    do throws(AgentError) {
      try start(&settings)
    } catch {
      Log.error(error.text)
      if settings.haltsOnFailure {
        Log.info(bytes("the machine is halted"))
        return Power.halt()
      }
    }
    Log.info(bytes("the machine is powered off"))
    Power.off()
  }

  /// Returns when the machine is to stop and everything in it has ended; throws if it cannot start.
  private static func start(_ settings: inout KernelCommandLine) throws(AgentError) {
    try SystemMounts.mount()
    Console.open()
    Process.tellCrashes()
    Power.catchKeys()
    try settings.read()
    ModuleList.load()
    SystemMounts.mountConfig()
    Network.bringUp(settings.address)

    let supervisor = try Supervisor(powersOffOnExit: settings.powersOffOnExit)
    defer { supervisor.stop() }
    try supervisor.runStartup(bytes(own), emitsEvents: settings.emitsEvents)
    if !supervisor.isStopping { supervisor.run(try children()) }
  }

  /// The agent and the operator's programs, in their order.
  private static func children() throws(AgentError) -> [SupervisedProgram] {
    // here rather than in the agent, so that a connection waits while the agent is started again
    let sockets = [
      try Sockets.listen(unix: bytes("/run/dstack.sock")).release(),
      try Sockets.listen(unix: bytes("/run/tappd.sock")).release(),
    ]
    var children = [SupervisedProgram(bytes(own), sockets: sockets)]
    var size = 0
    for name in Directory.namesInOrder(bytes(programs)) {
      size += name.count + 1
      // more of them may not have been listed
      if size > Limits.programNames { throw AgentError.failed("has too many files").during(programs) }
      let path = bytes(programs) + "/" + name
      if Files.isExecutable(path) { children.append(SupervisedProgram(path)) }
    }
    return children
  }
}
