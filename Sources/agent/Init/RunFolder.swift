/// The operator's programs, from /etc/dstack/run.d. Each is an executable file, optionally with settings in `NAME.conf` beside
/// it, or a settings file alone that names the program.
enum RunFolder {
  private static let suffix: StaticString = ".conf"

  /// The programs of a folder, ordered by name. Throws for the first that could not run; the text names it. `isInstalled`:
  /// whether the programs that settings name must exist, which they need not in a copy of the folder.
  static func read(_ folder: [UInt8], isInstalled: Bool = true) throws(AgentError) -> [ProgramSettings] {
    let names = Directory.namesInOrder(folder)
    // the listing is cut at `Limits.staleEntries` bytes, so it may be incomplete
    if names.reduce(0, { $0 + $1.count + 1 }) > Limits.programNames { throw AgentError.failed("there are too many files") }
    var programs: [ProgramSettings] = []
    for name in names {
      let path = folder + "/" + name
      let isSettings = name.suffix(suffix.utf8CodeUnitCount).matches(suffix)
      let own = isSettings ? Array(name.dropLast(suffix.utf8CodeUnitCount)) : name
      // read with the program of the same name, which the folder also has
      if isSettings, names.contains(own) { continue }
      let program = try AgentError.during(
        own, try one(own, file: isSettings ? [] : path, settings: folder + "/" + own + suffix))
      if isInstalled || program.path == path, !Files.isExecutable(program.path) {
        throw AgentError.invalid("is not an executable file").during(program.path)
      }
      programs.append(program)
    }
    if programs.count > Limits.programs { throw AgentError.failed("there are more than 128 programs") }
    try check(programs)
    return programs
  }

  @inline(never)
  private static func one(_ name: [UInt8], file: [UInt8], settings: [UInt8]) throws(AgentError) -> ProgramSettings {
    guard !name.isEmpty, name.count <= Limits.programName, name.allSatisfy({ isAlphanumeric($0, or: "._-") }) else {
      throw .invalid("a program's name is 1 to 64 letters, digits, dots, hyphens and underscores")
    }
    let program = ProgramSettings(name, path: file)
    if Files.exists(settings) { try program.read(Files.readRegular(settings, limit: Limits.programSettings)) }
    if program.path.isEmpty { throw .invalid("there is no such file, and its settings name no program") }
    return program
  }

  /// Checks settings against each other: shared users, and the order that `after` asks for.
  private static func check(_ programs: [ProgramSettings]) throws(AgentError) {
    for program in programs {
      for other in programs where other.name != program.name {
        let isOwn = { (each: ProgramSettings) in each.user == ProgramSettings.user(of: each.name) }
        if other.user == program.user, isOwn(program), isOwn(other) {
          throw AgentError.invalid("would share a user with another program: rename it, or set user").during(program.name)
        }
      }
      for name in program.after where !programs.contains(where: { $0.name == name }) {
        throw AgentError.invalid("no such program to start after").during(printable(name.prefix(Limits.quotedName))).during(
          program.name)
      }
    }
    // repeatedly drop the programs that wait for none of the rest; a remainder contains a cycle
    var left = programs
    while !left.isEmpty {
      let waiting = left.filter { program in program.after.contains { name in left.contains { $0.name == name } } }
      if waiting.count == left.count {
        throw AgentError.invalid("its after leads to a cycle").during(left[0].name)
      }
      left = waiting
    }
  }

  /// One line of JSON for each program: what runs, in which directory, as which user, with which capabilities.
  static func report(_ programs: [ProgramSettings]) -> [UInt8] {
    let out = ByteBuffer()
    for program in programs {
      JSONWriter(out).object { json in
        json.string("name", program.name)
        json.string("program", program.path)
        json.string("directory", program.directory)
        json.number("user", UInt64(program.user))
        json.number("group", UInt64(program.group))
        json.number("capabilities", program.capabilities)
      }
      out.append("\n")
    }
    return out.storage
  }
}
