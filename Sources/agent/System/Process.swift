import CSystem

/// What concerns the whole process.
enum Process {
  /// Makes relocations read-only, and forbids core dumps and tracing. Call it before anything else.
  static func harden() throws(AgentError) {
    try Errno.check(sys_harden(), "the process cannot be protected")
  }

  /// From now on a trap, or another fault that ends this process or a forked child, leaves a line on stderr. Embedded Swift's own
  /// traps are silent.
  static func tellCrashes() { sys_tell_crashes() }

  /// From now on SIGTERM and SIGINT arrive on a descriptor; SIGPIPE and SIGHUP are ignored. With `ofChildren`, SIGCHLD arrives
  /// too, and children are left to `ChildProcess.reap`; otherwise the kernel reaps them.
  static func takeSignals(ofChildren: Bool) throws(AgentError) -> Descriptor {
    try Descriptor(taking: sys_signal_fd(ofChildren ? 1 : 0), "no signalfd")
  }

  /// Whether a signal says that a child has ended.
  static func isChildSignal(_ signal: Int32) -> Bool { signal == SIGCHLD }

  /// The next signal waiting on that descriptor, or nil.
  static func nextSignal(_ descriptor: Int32) -> Int32? {
    let signal = sys_signal_next(descriptor)
    return signal > 0 ? signal : nil
  }

  /// Opens /dev/null as stdin, stdout and stderr where these are closed, so that nothing else gets their numbers.
  static func openStandardStreams() {
    while true {
      let file = withPath(bytes("/dev/null")) { sys_open($0, O_RDWR, 0) }
      if file < 0 || file > 2 { return _ = Descriptor(owning: file) }
    }
  }

  /// This process's ID.
  static var id: Int32 { getpid() }
  /// Its parent's ID.
  static var parent: Int32 { getppid() }

  /// Whether process 1 started this process: systemd says so in a variable (systemd.exec(5)), and so does `init`. A parent with
  /// the ID 1 is not enough: every orphan has it.
  static let isService =
    getppid() == 1 && Environment.take("SYSTEMD_EXEC_PID").flatMap { parseDecimal($0) } == UInt64(Process.id)

  /// Asks process 1 to power the machine off.
  static func powerOff() {
    let result = sys_power_off()
    if result != 0 { Log.error(AgentError.failed("process 1 cannot be asked to power off", errno: -result).text) }
  }

  /// Overwrites what returned calls left on the stack, if a secret was used since the last time. The C libraries clear most of
  /// their copies of a key, but the compiler is free to make others.
  static func wipeStack() { if SecretArena.takeUse() { sys_wipe_stack() } }

  /// Bytes.
  static var pageSize: Int { Int(getpagesize()) }

  /// Processors online.
  static var cpuCount: UInt32 { UInt32(clamping: sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

  /// A handle of a child (pidfd_open(2)); an invalid one if the kernel gives none.
  static func handle(_ pid: Int32) -> Descriptor { Descriptor(owning: sys_process_handle(pid)) }

  /// Sends SIGKILL.
  static func kill(_ handle: borrowing Descriptor) { _ = sys_kill_by_handle(handle.number) }

  /// Whether there is such a process. Looks in /proc, so that the caller needs no right to signal it.
  @inline(never)
  static func exists(_ pid: Int32) -> Bool { Files.exists(bytes("/proc/") + decimal(pid)) }

  /// Limits how many files this process may have open (RLIMIT_NOFILE).
  static func limitFiles(_ count: UInt64) throws(Errno) { try Errno.check(sys_limit_files(count)) }

  /// Changes the current directory.
  static func enter(_ directory: [UInt8]) throws(Errno) {
    try Errno.check(withPath(directory) { chdir($0) == 0 ? 0 : -sys_errno() })
  }

  /// Has the kernel kill others first when memory runs out.
  static func spareWhenOutOfMemory() { try? KernelFile.write(bytes("/proc/self/oom_score_adj"), bytes("-999")) }
}
