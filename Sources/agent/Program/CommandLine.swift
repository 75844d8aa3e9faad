/// A command with its options, as the command line gives them.
enum CommandLine {
  case serve(configFile: [UInt8]?)
  case boot(BootOptions)
  case replay(file: [UInt8])
  case processOne
  /// Check a copy of /etc/dstack, and words for the kernel command line; list the programs that process 1 would start.
  case check(folder: [UInt8], words: [UInt8])
  /// The front process, which the keeper starts.
  case front(Front.Options)
  /// The DHCP client, which process 1 starts.
  case dhcp
  case version
  case help

  /// The text of `--help`.
  static let usage: StaticString = """
    usage: dstack-guest-agent [serve] [--watchdog] [-c FILE]   serve the apps of this guest
           dstack-guest-agent boot [OPTION]...                 measure and start what the host hands over
           dstack-guest-agent replay FILE                      compute RTMR3 from an event log
           dstack-guest-agent init                             process 1 of a machine with nothing else in it
           dstack-guest-agent init --check DIR [WORDS]         check a copy of /etc/dstack, and kernel parameters
           dstack-guest-agent version                          version, commit and libraries
           dstack-guest-agent --help

      -c, --config FILE   configuration in JSON, which overrides the defaults
      -w, --watchdog      accepted for compatibility, and ignored

      --host-shared DIR   where the host's files are (a disk DSTACKSHR, or a 9p export host-shared)
      --work-dir DIR      where copies, keys and agent.json go (/dstack)
      --no-emit-event     have the agent refuse EmitEvent: only the startup extends RTMR3
      --machine           the machine has no OS: refuse what app-compose demands of one; set the host name
      --disk WORD         a data disk: required, optional, or scratch, as dstack.disk= says; with --machine or --dry-run
      --dry-run           only print the events and the RTMR3 that they give; needs --host-shared

    """

  /// The text of `--version`: version and commit, and a line for each linked library.
  static func version() -> [UInt8] {
    bytes("dstack-guest-agent ") + bytes(Version.number) + " (" + Build.commit + ")\n" + Build.libraries
  }

  /// Parses the arguments after the program's name; nil if they are wrong.
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
        if arguments.count == 3 || arguments.count == 4, arguments[1].matches("--check") {
          return .check(folder: arguments[2], words: arguments.count == 4 ? arguments[3] : [])
        }
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
    // an operating system sets up its own storage
    if options.disk != .none, !options.isDryRun, !options.isWholeMachine { return nil }
    if let workDirectory { options.workDirectory = workDirectory }
    return .boot(options)
  }
}

/// Iterates over the words of a command line.
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
