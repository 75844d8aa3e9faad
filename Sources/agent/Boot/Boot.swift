/// The command `boot`: the measured startup (docs/spec/boot.md). It checks what is launched, measures it into RTMR3, gets the
/// app's keys and leaves them for the agent. Once that has succeeded, it does nothing when called again.
enum Boot {
  /// Throws if the guest must not start; the host is told why, if it can be reached.
  @inline(never)
  static func run(_ options: BootOptions, _ guest: BootGuest = BootGuest()) throws(AgentError) {
    if options.isDryRun { return try dryRun(options) }
    guard options.workDirectory.hasPrefix("/") else { throw .invalid("the work directory is not an absolute path") }
    let copies = options.workDirectory + "/" + bytes(HostShared.directory)
    // it may exist; if it cannot be made, opening the directory below it fails
    try? Directory.make(options.workDirectory, mode: 0o700)
    let directory = try Errno.explain("the directory for the copies cannot be made", try OpenDirectory(ownedBy: copies))
    guard directory.lock() else { throw .failed("another startup is under way") }

    let host = HostAPI()
    do throws(AgentError) {
      try start(options, guest, directory, host)
    } catch {
      // this file is copied first, so the host's address is known whatever fails later
      if let config = try? HostShared.sysConfig(directory) { host.use(config.hostAPIURL) }
      host.notify("boot.error", error.text)
      throw error
    }
  }

  private static func start(
    _ options: BootOptions, _ guest: BootGuest, _ directory: borrowing OpenDirectory, _ host: HostAPI
  ) throws(AgentError) {
    var output = BootOutput(workDirectory: options.workDirectory, emitsEvents: options.emitsEvents)
    let state = try BootState(guest)
    if state.isReady {
      if let obstacle = state.obstacle { throw obstacle }
      _ = try AppKeys.load(output.keysPath)
      return Log.info(bytes("this guest has been started before: nothing to do"))
    }
    output.removeSecrets(directory)
    do throws(AgentError) {
      var obstacle = state.obstacle
      do throws(AgentError) { try copy(options.hostShared, to: directory) } catch { obstacle = obstacle ?? error }
      if let obstacle { throw obstacle }
      output.image = try ImageSettings.read(guest.settings)
      let startup = try Startup(directory, guest, host, isWholeMachine: options.isWholeMachine, options.disk)
      if options.isWholeMachine { try startup.prepareMachine() }
      try startup.run(directory, output)
    } catch {
      output.removeSecrets(directory)
      throw error
    }
  }

  /// Copies the host's files from a directory; with nil, from the source that `HostSharedSource` finds.
  @inline(never)
  private static func copy(_ hostShared: [UInt8]?, to directory: borrowing OpenDirectory) throws(AgentError) {
    guard let hostShared else {
      return try HostSharedSource.with { (source) throws(AgentError) in try HostShared.copy(from: source, to: directory) }
    }
    try HostShared.copy(from: HostDirectory(hostShared), to: directory)
  }

  @inline(never)
  private static func dryRun(_ options: BootOptions) throws(AgentError) {
    let path = options.hostShared ?? []
    let directory = try Errno.explain("the host-shared directory cannot be opened", try OpenDirectory(path))
    Arguments.print(try DryRun.report(directory, options.disk), to: 1)
  }
}
