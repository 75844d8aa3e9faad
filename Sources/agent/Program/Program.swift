/// The program: parses the command line and runs the command. Returns the exit status: 0, 1 after a failure that it reports in
/// one line on stderr, or 2 for a wrong command line.
public func agentMain(_ count: Int32, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Int32 {
  do throws(AgentError) {
    try Process.harden()
    Process.tellCrashes()
    let isInit = Arguments.isInit(count, arguments)
    guard let command = isInit ? .processOne : CommandLine.parse(Arguments.list(count, arguments)) else {
      Arguments.print(bytes(CommandLine.usage), to: 2)
      return 2
    }
    switch command {
    case .help: Arguments.print(bytes(CommandLine.usage), to: 1)
    case .version: Arguments.print(CommandLine.version(), to: 1)
    case .boot(let options): try Boot.run(options)
    case .replay(let file): Arguments.print(try Replay.report(file: file), to: 1)
    case .processOne: try Init.run()
    case .check(let folder, let words): Arguments.print(try Init.check(folder, words: words), to: 1)
    case .front(let options): try Front.run(options)
    case .dhcp: try DHCPProcess.run()
    case .serve(let config): try serve(configFile: config)
    }
    return 0
  } catch {
    Log.error(error.text)
    return 1
  }
}
