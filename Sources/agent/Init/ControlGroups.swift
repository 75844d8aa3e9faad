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
    attempt("control groups") { () throws(Errno) in
      let root = bytes(root)
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

  /// Makes a program's group, with the limits from its settings.
  static func make(_ program: ProgramSettings) {
    if !arePresent { return }
    attempt("its control group") { () throws(Errno) in
      let path = path(program.name)
      try Directory.makeIfMissing(path, mode: 0o755)
      try KernelFile.write(path + "/memory.max", program.memory)
      try KernelFile.write(path + "/pids.max", program.pids)
      // when memory runs out, the kernel kills the whole program instead of one of its processes, so it is restarted
      try write("1", to: path + "/memory.oom.group")
    }
  }

  /// Moves this process into a program's group, or with nil into the agent's. Children forked later start there.
  @inline(never)
  static func join(_ program: [UInt8]?) {
    if !arePresent { return }
    attempt("its control group") { () throws(Errno) in try write("0", to: path(program) + "/cgroup.procs") }
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

  private static func attempt(_ what: StaticString, _ body: () throws(Errno) -> Void) {
    do throws(Errno) { try body() } catch { Log.failure("cannot set up ", bytes(what), error) }
  }
}
