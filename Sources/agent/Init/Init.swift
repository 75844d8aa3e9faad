/// The command `init`: process 1 of a machine that contains only this program and what its operator added. It prepares the
/// machine, runs the measured startup (`boot`), then the agent (`serve`) and the operator's programs, and powers off.
enum Init {
  private static let etc: StaticString = "/etc/dstack"
  private static let programs: StaticString = "run.d"
  /// When the image was made, in seconds since 1970. `make image` writes it.
  private static let built: StaticString = "/etc/dstack/built"
  /// This program, whatever its path.
  private static let own: StaticString = "/proc/self/exe"

  /// Returns only if the kernel refuses to stop the machine. Throws `.invalid` if this is not process 1.
  static func run() throws(AgentError) {
    guard Process.id == 1 else { throw .invalid("init runs as process 1 only") }
    var settings = KernelCommandLine()
    do throws(AgentError) {
      try start(&settings)
    } catch {
      Log.error(error.text)
      if settings.haltsOnFailure {
        Log.info("the machine is halted")
        return Power.halt()
      }
    }
    Log.info("the machine is powered off")
    Power.off()
  }

  /// Returns once the machine is to stop and everything in it has ended. Throws if the machine cannot start.
  private static func start(_ settings: inout KernelCommandLine) throws(AgentError) {
    try SystemMounts.mount()
    Console.open()
    Log.wait(Limits.initLogPatience)
    Process.tellCrashes()
    Power.catchKeys()
    try settings.read()
    try checkClock(bytes(built))
    ModuleList.load()
    SystemMounts.mountConfig()
    Network.bringUp(settings.address)
    Separation.quoteSocket = try ImageSettings.read().quoteSocket ?? bytes("/run/quote.sock")
    let found = try readPrograms(bytes(etc))
    ControlGroups.make(found)
    let (programs, output) = try operatorPrograms(found, areShown: settings.showsPrograms)

    // runs last, when no program is left: `defer` blocks run in reverse order
    defer { DataDisk.close() }
    let supervisor = try Supervisor(powersOffOnExit: settings.powersOffOnExit)
    defer { supervisor.stop() }
    if settings.usesDHCP, let network = Network.lease(bytes(own)) { supervisor.keep(network) }
    try supervisor.runStartup(bytes(own), emitsEvents: settings.emitsEvents, settings.disk)
    SystemMounts.writeHosts()
    if !supervisor.isStopping { supervisor.run(try agent(output), programs) }
  }

  private static func readPrograms(_ etc: [UInt8], areInstalled: Bool = true) throws(AgentError) -> [ProgramSettings] {
    try RunFolder.read(etc + "/" + programs, isInstalled: areInstalled)
  }

  /// `init --check`: the programs that a copy of /etc/dstack would start, one line of JSON each. Throws the error that would stop the boot,
  /// also if `words` were on the kernel command line.
  static func check(_ etc: [UInt8], words: [UInt8]) throws(AgentError) -> [UInt8] {
    var line = KernelCommandLine()
    try line.read(words)
    _ = try ImageSettings.read(etc + "/agent.json")
    return RunFolder.report(try readPrograms(etc, areInstalled: false))
  }

  /// Throws if the clock is before the time in `file`. The host sets the clock; without this check it could have certificates
  /// issued that expired before the image existed. A clock that is ahead goes unnoticed. Without the file nothing is checked.
  @inline(never)
  static func checkClock(_ file: [UInt8], now: Int64 = Clock.unix()) throws(AgentError) {
    guard Files.exists(file) else { return }
    guard let made = parseDecimal(TextWords(try Files.read(file, limit: Limits.built)[...]).rest) else {
      throw AgentError.invalid("is not a number of seconds").during(file)
    }
    if now < Int64(clamping: made) { throw .failed("the clock is wrong: it shows a time before this image was made") }
  }

  /// The programs, and a read-only descriptor of the memory file that holds their output.
  @inline(never)
  private static func operatorPrograms(
    _ found: [ProgramSettings], areShown: Bool
  ) throws(AgentError) -> ([OperatorProgram], OpenFile) {
    let (file, output) = try OutputArea.make(found.count)
    var programs: [OperatorProgram] = []
    for settings in found {
      programs.append(try OperatorProgram(settings, OutputArea(file, programs.count), isShown: areShown))
    }
    return (programs, output)
  }

  /// The agent, with listening sockets that process 1 holds open: while the agent restarts, connections wait and no other process
  /// can take its addresses.
  @inline(never)
  private static func agent(_ output: OpenFile) throws(AgentError) -> AgentProgram {
    var descriptors = [
      try Sockets.listen(unix: bytes("/run/dstack.sock")).release(),
      try Sockets.listen(unix: bytes("/run/tappd.sock")).release(),
      try Sockets.listen(unix: Separation.quoteSocket).release(),
      try Sockets.listen(address: bytes("0.0.0.0"), port: 8090).release(),
    ]
    if let output = output.take() { descriptors.append(output.release()) }
    // without vsock the host has no way to call
    if let vsock = try Sockets.listen(vsock: UInt32.max, port: 8000) { descriptors.append(vsock.release()) }
    return AgentProgram(
      "the agent", bytes(own), arguments: "dstack-guest-agent serve -c /dstack/agent.json ", descriptors,
      names: "dstack:tappd:quote:external:programs:guest-api")
  }
}
