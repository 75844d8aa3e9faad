/// The operator's programs: the files of /etc/dstack/run.d, each with settings in `NAME.conf` beside it if it needs any, or such settings
/// alone, if they name the program.
enum RunFolder {
  private static let suffix: StaticString = ".conf"

  /// Those of a folder, in the order of their names. Throws what keeps one of them from running, by name. `isInstalled`: programs that
  /// settings name must be there.
  static func read(_ folder: [UInt8], isInstalled: Bool = true) throws(AgentError) -> [ProgramSettings] {
    let names = Directory.namesInOrder(folder)
    // more of them may not have been listed
    if names.reduce(0, { $0 + $1.count + 1 }) > Limits.programNames { throw AgentError.failed("there are too many files") }
    var programs: [ProgramSettings] = []
    for name in names {
      let path = folder + "/" + name
      let isSettings = name.suffix(suffix.utf8CodeUnitCount).matches(suffix)
      let own = isSettings ? Array(name.dropLast(suffix.utf8CodeUnitCount)) : name
      // its settings come behind the program: both have one name
      if isSettings, names.contains(own) { continue }
      let program = try AgentError.during(
        own, try one(own, file: isSettings ? [] : path, settings: folder + "/" + own + suffix))
      if isInstalled || program.path == path, !Files.isExecutable(program.path) {
        throw AgentError.invalid("is no file, or has no x bit").during(program.path)
      }
      programs.append(program)
    }
    if programs.count > Limits.programs { throw AgentError.failed("there are too many programs") }
    try check(programs)
    return programs
  }

  private static func one(_ name: [UInt8], file: [UInt8], settings: [UInt8]) throws(AgentError) -> ProgramSettings {
    guard !name.isEmpty, name.count <= Limits.programName, name.allSatisfy({ isAlphanumeric($0, or: "._-") }) else {
      throw .invalid("a program's name has at most 64 letters, digits, dots, hyphens and underscores")
    }
    let program = ProgramSettings(name, path: file)
    if Files.exists(settings) { try program.read(Files.readRegular(settings, limit: Limits.programSettings)) }
    if program.path.isEmpty { throw .invalid("there is no such program, and its settings name none") }
    return program
  }

  /// What they say of each other.
  private static func check(_ programs: [ProgramSettings]) throws(AgentError) {
    for program in programs {
      for other in programs where other.name != program.name {
        let isOwn = { (each: ProgramSettings) in each.user == ProgramSettings.user(of: each.name) }
        if other.user == program.user, isOwn(program), isOwn(other) {
          throw AgentError.invalid("would have another program's user: rename it, or give it one by user").during(program.name)
        }
      }
      for name in program.after where !programs.contains(where: { $0.name == name }) {
        throw AgentError.invalid("no such program to be after").during(name).during(program.name)
      }
    }
    // whoever waits for nobody that is left can go
    var left = programs
    while !left.isEmpty {
      let waiting = left.filter { program in program.after.contains { name in left.contains { $0.name == name } } }
      if waiting.count == left.count {
        throw AgentError.invalid("is to be after itself, by way of others").during(left[0].name)
      }
      left = waiting
    }
  }

  /// A line of JSON for each program: what runs, where, and as whom.
  static func report(_ programs: [ProgramSettings]) -> [UInt8] {
    let out = ByteBuffer()
    for program in programs {
      JSONWriter(out).object { json in
        json.name("name").string(program.name)
        json.name("program").string(program.path)
        json.name("directory").string(program.directory)
        json.name("user").number(program.user)
        json.name("group").number(program.group)
        json.name("capabilities").number(program.capabilities)
      }
      out.append("\n")
    }
    return out.storage
  }
}
