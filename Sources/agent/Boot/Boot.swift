/// The command `boot`: the measured startup. It measures what is launched into RTMR3, checks it, gets the app's keys and leaves them
/// for the agent. Called again after that, it does nothing.
enum Boot {
  static func run(_ options: BootOptions, _ machine: BootMachine = BootMachine()) throws(AgentError) {
    if options.isDryRun { return try dryRun(options) }
    guard options.workDirectory.hasPrefix("/") else { throw .invalid("the work directory is no absolute path") }
    let copies = options.workDirectory + bytes("/") + bytes(HostShared.directory)
    try Files.makeDirectory(of: copies)
    let directory = try Errno.explain("the directory for the copies cannot be made") { () throws(Errno) in
      try OpenDirectory(ownedBy: copies)
    }
    guard directory.lock() else { throw .failed("another startup is under way") }

    let state = try BootState(machine)
    if state.isReady {
      if let obstacle = state.obstacle { throw obstacle }
      _ = try AppKeys.load(copies + bytes("/") + bytes(BootOutput.keysFile))
      return Log.info(bytes("this guest has been started before: nothing to do"))
    }
    let output = BootOutput(workDirectory: options.workDirectory)
    output.removeSecrets(directory)
    if let obstacle = state.obstacle { throw obstacle }

    let host = HostAPI()
    do throws(AgentError) {
      if let given = options.hostShared {
        let source = try Errno.explain("the host-shared directory cannot be opened") { () throws(Errno) in
          try OpenDirectory(given)
        }
        try HostShared.copy(from: source, to: directory)
      } else {
        try HostSharedMount.with { (source) throws(AgentError) in try HostShared.copy(from: source, to: directory) }
      }
      try Startup(directory, machine, host).run(directory, output)
    } catch {
      output.removeSecrets(directory)
      host.notify("boot.error", error.text)
      throw error
    }
  }

  private static func dryRun(_ options: BootOptions) throws(AgentError) {
    let directory = try Errno.explain("the host-shared directory cannot be opened") { () throws(Errno) in
      try OpenDirectory(options.hostShared ?? [])
    }
    Arguments.print(try DryRun.report(directory), to: 1)
  }
}
