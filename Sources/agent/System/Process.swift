import CSystem

/// What concerns the whole process.
enum Process {
  /// Read-only relocations, no core dumps, not traceable: before anything else.
  static func harden() throws(AgentError) {
    try Errno.check(sys_harden(), "the process cannot be protected")
  }

  /// A trap of Swift's, or another fault that ends the process or a child that it forks, is told on what is stderr now. Embedded Swift's
  /// own traps are silent.
  static func tellCrashes() { sys_tell_crashes() }

  /// SIGTERM and SIGINT come on a descriptor from now on; SIGPIPE and SIGHUP are ignored. With `ofChildren` SIGCHLD comes too, and
  /// children are left to `ChildProcess.reap`; else the kernel reaps them.
  static func takeSignals(ofChildren: Bool) throws(AgentError) -> Descriptor {
    try Descriptor(taking: sys_signal_fd(ofChildren ? 1 : 0), "no signalfd")
  }

  /// Whether a signal tells of a child that has ended.
  static func isChildSignal(_ signal: Int32) -> Bool { signal == SIGCHLD }

  /// The next signal waiting on that descriptor, or nil.
  static func nextSignal(_ descriptor: Int32) -> Int32? {
    let signal = sys_signal_next(descriptor)
    return signal > 0 ? signal : nil
  }

  /// Has stdin, stdout and stderr lead nowhere where there are none, so that nothing else gets their numbers.
  static func openStandardStreams() {
    while true {
      let file = withPath(bytes("/dev/null")) { sys_open($0, O_RDWR, 0) }
      if file < 0 || file > 2 { return _ = Descriptor(owning: file) }
    }
  }

  static var id: Int32 { getpid() }
  static var parent: Int32 { getppid() }

  /// Whether process 1 has started this one: systemd says so to what it executes (systemd.exec(5)), and so does `init`. That process 1
  /// is the parent is not enough, as it is every orphan's.
  static let isService =
    getppid() == 1 && Environment.take("SYSTEMD_EXEC_PID").flatMap { parseDecimal($0) } == UInt64(Process.id)

  /// Asks process 1 to power the machine off.
  static func powerOff() {
    let result = sys_power_off()
    if result != 0 { Log.error(AgentError.failed("process 1 cannot be asked to power off", errno: -result).text) }
  }

  /// Overwrites what calls that have returned left on the stack, if a secret was worked with since the last time. The C libraries
  /// clear most of their copies of a key, but the compiler is free to make others.
  static func wipeStack() { if SecretArena.takeUse() { sys_wipe_stack() } }

  /// Bytes.
  static var pageSize: Int { Int(getpagesize()) }

  /// Processors that are on.
  static var cpuCount: UInt32 { UInt32(clamping: sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

  /// A handle of a child (pidfd_open(2)); one that no call takes where the kernel has none.
  static func handle(_ pid: Int32) -> Descriptor { Descriptor(owning: sys_process_handle(pid)) }

  static func kill(_ handle: borrowing Descriptor) { _ = sys_kill_by_handle(handle.number) }

  /// Looked for in /proc, so that whoever asks needs no right to signal others.
  @inline(never)
  static func exists(_ pid: Int32) -> Bool { Files.exists(bytes("/proc/") + decimal(pid)) }

  /// Open files of this process.
  static func limitFiles(_ count: UInt64) throws(Errno) { try Errno.check(sys_limit_files(count)) }

  /// The current directory.
  static func enter(_ directory: [UInt8]) throws(Errno) {
    try Errno.check(withPath(directory) { chdir($0) == 0 ? 0 : -sys_errno() })
  }

  /// Others end first where memory runs out.
  static func spareWhenOutOfMemory() { try? KernelFile.write(bytes("/proc/self/oom_score_adj"), bytes("-999")) }
}
