/// The control groups of the machine (cgroups(7), version 2): one of the agent's, and one for each program below one that bounds them all.
/// What cannot be had is told; the machine does without.
enum ControlGroups {
  private static let root: StaticString = "/sys/fs/cgroup"
  private static let controllers: StaticString = "+memory +pids"

  /// The kernel has them.
  nonisolated(unsafe) private static var arePresent = false

  /// The group of a program, nil for the agent's.
  @inline(never)
  private static func path(_ program: [UInt8]?) -> [UInt8] {
    bytes(root) + (program.map { bytes("/programs/", $0) } ?? bytes("/agent"))
  }

  /// Makes the group of all programs. Besides their output, it leaves the agent and the kernel 64 MiB, or half of a small machine.
  @inline(never)
  static func make(_ programs: [ProgramSettings]) {
    attempt("control groups") { () throws(Errno) in
      let root = bytes(root)
      try write(controllers, to: root + "/cgroup.subtree_control")
      try Directory.makeIfMissing(path(nil), mode: 0o755)
      let parent = root + "/programs"
      try Directory.makeIfMissing(parent, mode: 0o755)
      try write(controllers, to: parent + "/cgroup.subtree_control")
      // MemTotal comes first, in KiB
      let memory = parseDecimal(TextWords(Files.systemText("/proc/meminfo")[...])[1]) ?? 0
      var left = Int64(memory) * 1024 - Limits.reservedMemory
      for program in programs where program.keepsOutput { left -= Int64(Limits.programOutput) }
      left = max(left, Int64(memory) * 512)
      try KernelFile.write(parent + "/memory.max", decimal(left))
      arePresent = true
    }
  }

  /// Makes that of a program.
  static func make(_ program: ProgramSettings) {
    if !arePresent { return }
    attempt("its control group") { () throws(Errno) in
      let path = path(program.name)
      try Directory.makeIfMissing(path, mode: 0o755)
      try KernelFile.write(path + "/memory.max", program.memory)
      try KernelFile.write(path + "/pids.max", program.pids)
      // all of it, rather than one process of it, so that it is started anew
      try write("1", to: path + "/memory.oom.group")
    }
  }

  /// Brings this process, and its children from now on, into a program's, or into the agent's.
  @inline(never)
  static func join(_ program: [UInt8]?) {
    if !arePresent { return }
    attempt("its control group") { () throws(Errno) in try write("0", to: path(program) + "/cgroup.procs") }
  }

  /// Memory of a program's group, in bytes; 0 if it cannot be read.
  static func memory(of program: [UInt8]) -> UInt64 {
    guard arePresent, let text = try? KernelFile.read(path(program) + "/memory.current", Limits.machineName) else { return 0 }
    return parseDecimal(TextWords(text[...]).rest) ?? 0
  }

  /// Ends all that is in a program's.
  static func end(_ program: [UInt8]) { if arePresent { try? write("1", to: path(program) + "/cgroup.kill") } }

  @inline(never)
  private static func write(_ text: StaticString, to file: [UInt8]) throws(Errno) { try KernelFile.write(file, bytes(text)) }

  private static func attempt(_ what: StaticString, _ body: () throws(Errno) -> Void) {
    do throws(Errno) { try body() } catch { Log.failure("cannot have ", bytes(what), error) }
  }
}
