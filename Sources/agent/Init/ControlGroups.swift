/// The machine's control groups (cgroups(7), version 2): one for the agent, and one for each program under a parent that limits
/// them all. A failure is logged, and the machine runs without that group.
enum ControlGroups {
  private static let root: StaticString = "/sys/fs/cgroup"
  private static let controllers: StaticString = "+memory +pids"

  /// Whether `make` succeeded.
  nonisolated(unsafe) private static var arePresent = false

  /// The directory of a program's group; nil means the agent's.
  @inline(never)
  private static func path(_ program: [UInt8]?) -> [UInt8] {
    bytes(root) + (program.map { bytes("/programs/", $0) } ?? bytes("/agent"))
  }

  /// Makes the agent's group and the parent of the programs' groups. The parent's memory limit is what is left after the programs' output
  /// buffers and `Limits.reservedMemory` for the agent and the kernel, but at least half of the machine's memory.
  @inline(never)
  static func make(_ programs: [ProgramSettings]) {
    let root = bytes(root)
    attempt(root) { () throws(Errno) in
      try write(controllers, to: root + "/cgroup.subtree_control")
      try Directory.makeIfMissing(path(nil), mode: 0o755)
      let parent = root + "/programs"
      try Directory.makeIfMissing(parent, mode: 0o755)
      try write(controllers, to: parent + "/cgroup.subtree_control")
      // the first line is MemTotal, in KiB (proc_meminfo(5))
      let memory = parseDecimal(TextWords(Files.systemText("/proc/meminfo")[...])[1]) ?? 0
      var left = Int64(memory) * 1024 - Limits.reservedMemory
      for program in programs where program.keepsOutput { left -= Int64(Limits.programOutput) }
      left = max(left, Int64(memory) * 512)
      try KernelFile.write(parent + "/memory.max", decimal(left))
      arePresent = true
    }
  }

  /// Moves this process, which is to become a program, into a group of its own. Throws if a limit from its settings cannot be set.
  static func enter(_ program: ProgramSettings) throws(AgentError) {
    let path = path(program.name)
    if arePresent {
      attempt(path) { () throws(Errno) in
        try Directory.makeIfMissing(path, mode: 0o755)
        // when memory runs out, the kernel kills the whole program instead of one of its processes, so it is restarted
        try write("1", to: path + "/memory.oom.group")
      }
    }
    try limit(program, .memory, path + "/memory.max", program.memory)
    try limit(program, .pids, path + "/pids.max", program.pids)
    join(program.name)
  }

  @inline(never)
  private static func limit(
    _ program: ProgramSettings, _ key: ProgramSettings.Key, _ file: [UInt8], _ value: [UInt8]
  ) throws(AgentError) {
    if !program.sets(key) { return }
    try program.explain(key, "its control group cannot have this limit") { () throws(Errno) in
      try KernelFile.write(file, value)
    }
  }

  /// Moves this process into a program's group, or with nil into the agent's. Children forked later start there.
  @inline(never)
  static func join(_ program: [UInt8]?) {
    if !arePresent { return }
    let path = path(program)
    attempt(path) { () throws(Errno) in try write("0", to: path + "/cgroup.procs") }
  }

  /// The memory that a program's group uses, in bytes; 0 if it cannot be read.
  static func memory(of program: [UInt8]) -> UInt64 {
    guard arePresent, let text = try? KernelFile.read(path(program) + "/memory.current", Limits.machineName) else { return 0 }
    return parseDecimal(TextWords(text[...]).rest) ?? 0
  }

  /// Kills every process in a program's group.
  static func end(_ program: [UInt8]) { if arePresent { try? write("1", to: path(program) + "/cgroup.kill") } }

  @inline(never)
  private static func write(_ text: StaticString, to file: [UInt8]) throws(Errno) { try KernelFile.write(file, bytes(text)) }

  private static func attempt(_ group: [UInt8], _ body: () throws(Errno) -> Void) {
    do throws(Errno) { try body() } catch { Log.failure("cannot set up ", group, error) }
  }
}
