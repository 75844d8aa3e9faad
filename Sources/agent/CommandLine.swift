/// What the command line asks for.
enum CommandLine {
  case serve(configFile: [UInt8]?)
  case version
  case help

  static let usage = bytes(
    """
    usage: dstack-guest-agent [serve] [--watchdog] [-c FILE]   serve the apps of this guest
           dstack-guest-agent version                          version, commit and libraries
           dstack-guest-agent --help

      -c, --config FILE   configuration in JSON, laid over the defaults
      -w, --watchdog      accepted for the sake of existing units

    """)

  static func version() -> [UInt8] {
    bytes("dstack-guest-agent ") + bytes(Version.number) + bytes(" (") + Build.commit + bytes(")\n") + Build.libraries
  }

  /// Nil for a command line that means nothing.
  static func parse(_ arguments: [[UInt8]]) -> CommandLine? {
    var words = arguments[...]
    if let first = words.first {
      if first.matches("--help") || first.matches("-h") || first.matches("help") { return words.count == 1 ? .help : nil }
      if first.matches("--version") || first.matches("-V") || first.matches("version") {
        return words.count == 1 ? .version : nil
      }
      if first.matches("serve") { words.removeFirst() }
    }
    var config: [UInt8]?
    while let option = words.popFirst() {
      if option.matches("-c") || option.matches("--config") {
        guard config == nil, let file = words.popFirst() else { return nil }
        config = file
      } else if !option.matches("-w"), !option.matches("--watchdog") {
        return nil
      }
    }
    return .serve(configFile: config)
  }
}
