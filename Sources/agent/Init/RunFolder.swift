/// The operator's programs, from /etc/dstack/run.d. Each is an executable file, optionally with settings in `NAME.conf` beside
/// it, or a settings file alone that names the program.
enum RunFolder {
  /// The programs of a folder, ordered by name. Throws for the first that could not run; the text names its file and, for a setting,
  /// the line. `isInstalled`: whether the programs that settings name must exist, which they need not in a copy of the folder.
  static func read(_ folder: [UInt8], isInstalled: Bool = true) throws(AgentError) -> [ProgramSettings] {
    let names = Directory.namesInOrder(folder)
    // the listing is cut at `Limits.staleEntries` bytes, so it may be incomplete
    if names.reduce(0, { $0 + $1.count + 1 }) > Limits.programNames {
      throw AgentError.failed("there are too many files").during(folder)
    }
    let suffix = ProgramSettings.suffix
    var programs: [ProgramSettings] = []
    for name in names {
      let isSettings = name.suffix(suffix.utf8CodeUnitCount).matches(suffix)
      let own = isSettings ? Array(name.dropLast(suffix.utf8CodeUnitCount)) : name
      // read with the program of the same name, which the folder also has
      if isSettings, names.contains(own) { continue }
      guard !own.isEmpty, own.count <= Limits.programName, own.allSatisfy({ isAlphanumeric($0, or: "._-") }) else {
        throw fault(
          "a program's name is 1 to 64 letters, digits, dots, hyphens and underscores",
          folder + "/" + printable(name.prefix(Limits.quotedName)))
      }
      let program = ProgramSettings(own, in: folder, isFile: !isSettings)
      if isSettings || names.contains(own + suffix) {
        try program.read(
          try AgentError.during(program.file, try Files.readRegular(program.file, limit: Limits.programSettings)))
      }
      try check(program, isInstalled: isInstalled)
      programs.append(program)
    }
    if programs.count > Limits.programs { throw AgentError.failed("there are more than 128 programs").during(folder) }
    try check(programs)
    return programs
  }

  private static func check(_ program: ProgramSettings, isInstalled: Bool) throws(AgentError) {
    if program.path.isEmpty { throw fault("there is no such file, and its settings name no program", program.file) }
    let isElsewhere = program.sets(.program)
    if isInstalled || !isElsewhere, !Files.isExecutable(program.path) {
      let place = program.place(of: .program)
      throw fault("is not an executable file", isElsewhere ? place + ": " + program.path : place)
    }
  }

  @inline(never)
  private static func fault(_ text: StaticString, _ place: [UInt8]) -> AgentError { AgentError.invalid(text).during(place) }

  /// Checks settings against each other: shared users, and the order that `after` asks for.
  private static func check(_ programs: [ProgramSettings]) throws(AgentError) {
    for program in programs {
      for other in programs where other.name != program.name {
        let isOwn = { (each: ProgramSettings) in each.user == ProgramSettings.user(of: each.name) }
        if other.user == program.user, isOwn(program), isOwn(other) {
          throw AgentError(.invalid, bytes("would share a user with ", other.name) + ": rename one, or set user").during(
            program.entry)
        }
      }
      for name in program.after where !programs.contains(where: { $0.name == name }) {
        throw refusal(program, name, "no such program to start after")
      }
    }
    // repeatedly drop the programs that wait for none of the rest; a remainder contains a cycle
    var left = programs
    while !left.isEmpty {
      let waiting = left.filter { awaited(by: $0, left) != nil }
      if waiting.count == left.count {
        // following each program's first wait leads into a cycle
        var program = left[0]
        for _ in left { program = awaited(by: program, left) ?? program }
        let next = awaited(by: program, left) ?? program
        throw refusal(program, next.name, "leads back to this program, so neither could start")
      }
      left = waiting
    }
  }

  /// One of `programs` that a program lists in `after`.
  @inline(never)
  private static func awaited(by program: ProgramSettings, _ programs: [ProgramSettings]) -> ProgramSettings? {
    programs.first { program.after.contains($0.name) }
  }

  /// The error for a name in a program's `after`.
  @inline(never)
  private static func refusal(_ program: ProgramSettings, _ name: [UInt8], _ text: StaticString) -> AgentError {
    fault(text, program.place(of: .after) + ": " + printable(name.prefix(Limits.quotedName)))
  }

  /// One line of JSON for each program: what runs, in which directory, as which user, with which capabilities, and where its settings
  /// say so.
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
        let place = { (key: ProgramSettings.Key) in program.sets(key) ? program.place(of: key) : [] }
        json.string("program_place", place(.program))
        json.string("directory_place", place(.directory))
        json.string("user_place", place(.user))
      }
      out.append("\n")
    }
    return out.storage
  }
}
