/// What the command line asks for.
enum CommandLine {
  case serve(configFile: [UInt8]?)
  case boot(BootOptions)
  case replay(file: [UInt8])
  case processOne
  /// What process 1 would start of a folder like /etc/dstack.
  case check(folder: [UInt8])
  /// The keeper's child.
  case front(Front.Options)
  /// Process 1's child.
  case dhcp
  case version
  case help

  static let usage: StaticString = """
    usage: dstack-guest-agent [serve] [--watchdog] [-c FILE]   serve the apps of this guest
           dstack-guest-agent boot [OPTION]...                 measure and start what the host hands over
           dstack-guest-agent replay FILE                      the RTMR3 that an event log leads to
           dstack-guest-agent init                             process 1 of a machine with nothing else in it
           dstack-guest-agent init --check DIR                 what that would start of a folder like /etc/dstack
           dstack-guest-agent version                          version, commit and libraries
           dstack-guest-agent --help

      -c, --config FILE   configuration in JSON, laid over the defaults
      -w, --watchdog      accepted for the sake of existing units

      --host-shared DIR   where the host's files are; else a disk DSTACKSHR or a 9p export host-shared
      --work-dir DIR      where copies, keys and agent.json go (/dstack)
      --no-emit-event     have the agent refuse EmitEvent, so that only the startup extends RTMR3
      --machine           nothing else is in this machine: refuse what app-compose demands of an OS; name the machine
      --disk WORD         a data disk: required, optional, or scratch, as dstack.disk= says; with --machine or --dry-run
      --dry-run           print the events and the RTMR3 that they lead to, and do nothing; needs --host-shared

    """

  static func version() -> [UInt8] {
    bytes("dstack-guest-agent ") + bytes(Version.number) + " (" + Build.commit + ")\n" + Build.libraries
  }

  /// Nil for a command line that means nothing.
  @inline(never)
  static func parse(_ arguments: [[UInt8]]) -> CommandLine? {
    let words = Words(arguments)
    if let first = arguments.first {
      if first.matches("--help") || first.matches("-h") || first.matches("help") { return arguments.count == 1 ? .help : nil }
      if first.matches("--version") || first.matches("-V") || first.matches("version") {
        return arguments.count == 1 ? .version : nil
      }
      if first.matches("boot") { return boot(words) }
      if first.matches("replay") { return arguments.count == 2 ? .replay(file: arguments[1]) : nil }
      if first.matches("front") { return front(arguments) }
      if first.matches("dhcp") { return arguments.count == 1 ? .dhcp : nil }
      if first.matches("init") {
        if arguments.count == 3, arguments[1].matches("--check") { return .check(folder: arguments[2]) }
        return arguments.count == 1 ? .processOne : nil
      }
      if first.matches("serve") { _ = words.next() }
    }
    var config: [UInt8]?
    while let option = words.next() {
      if option.matches("-c") || option.matches("--config") {
        guard config == nil, let file = words.next() else { return nil }
        config = file
      } else if !option.matches("-w"), !option.matches("--watchdog") {
        return nil
      }
    }
    return .serve(configFile: config)
  }

  private static func front(_ arguments: [[UInt8]]) -> CommandLine? {
    guard arguments.count >= 3, let user = parseDecimal(arguments[1]).flatMap({ UInt32(exactly: $0) }),
      let memory = parseDecimal(arguments[2])
    else { return nil }
    return .front(Front.Options(user: user, memory: memory, dataDisks: Array(arguments.dropFirst(3))))
  }

  /// The first word is the command.
  private static func boot(_ words: Words) -> CommandLine? {
    _ = words.next()
    let options = BootOptions()
    var workDirectory: [UInt8]?
    while let option = words.next() {
      if option.matches("--dry-run"), !options.isDryRun {
        options.isDryRun = true
        continue
      }
      if option.matches("--no-emit-event"), options.emitsEvents {
        options.emitsEvents = false
        continue
      }
      if option.matches("--machine"), !options.isWholeMachine {
        options.isWholeMachine = true
        continue
      }
      guard let directory = words.next() else { return nil }
      if option.matches("--disk"), options.disk == .none {
        guard let use = DiskUse(directory[...]) else { return nil }
        options.disk = use
        continue
      }
      if option.matches("--host-shared"), options.hostShared == nil {
        options.hostShared = directory
      } else if option.matches("--work-dir"), workDirectory == nil {
        workDirectory = directory
      } else {
        return nil
      }
    }
    if options.isDryRun, options.hostShared == nil { return nil }
    // an operating system has storage of its own
    if options.disk != .none, !options.isDryRun, !options.isWholeMachine { return nil }
    if let workDirectory { options.workDirectory = workDirectory }
    return .boot(options)
  }
}

/// The words of a command line, one after the other.
private final class Words {
  private let words: [[UInt8]]
  private var place = 0

  init(_ words: [[UInt8]]) { self.words = words }

  @inline(never)
  func next() -> [UInt8]? {
    if place == words.count { return nil }
    place += 1
    return words[place - 1]
  }
}
