import CSystem

/// What concerns the whole process.
enum Process {
  /// Read-only relocations, no core dumps, not traceable: before anything else.
  static func harden() throws(AgentError) {
    let rc = sys_harden()
    if rc != 0 { throw .failed("the process cannot be protected", code: -rc) }
  }

  /// SIGTERM and SIGINT come on a descriptor from now on; SIGPIPE and SIGHUP are ignored. With `ofChildren` SIGCHLD comes too, and
  /// children are left to `ChildProcess.reap`; else the kernel reaps them.
  static func takeSignals(ofChildren: Bool) throws(AgentError) -> Descriptor {
    try Errno.explain("no signalfd") { () throws(Errno) in try Descriptor(taking: sys_signal_fd(ofChildren ? 1 : 0)) }
  }

  /// Whether a signal tells of a child that has ended.
  static func isChildSignal(_ signal: Int32) -> Bool { signal == SIGCHLD }

  /// The next signal waiting on that descriptor, or nil.
  static func nextSignal(_ descriptor: Int32) -> Int32? {
    let signal = sys_signal_next(descriptor)
    return signal > 0 ? signal : nil
  }

  /// A forked child that runs `work`, writes what it returns to a pipe and exits. The child inherits no other descriptor above 2 and
  /// no secret's pages but those that are handed over. Returns its process id and the pipe's read end.
  static func fork(_ work: () -> [UInt8]) throws(AgentError) -> (pid: Int32, result: Int32) {
    var pipe: Int32 = -1
    let pid = sys_fork_job(&pipe)
    if pid < 0 { throw .failed("cannot fork", code: -pid) }
    if pid == 0 {
      SecretArena.isInChild = true
      // locks are not inherited, but what was handed over shall not be swapped here either
      _ = mlockall(MCL_CURRENT | MCL_ONFAULT)
      _exit(IO.writeAll(pipe, work()) ? 0 : 1)
    }
    return (pid, pipe)
  }

  static var id: Int32 { getpid() }

  /// Whether process 1 has started this one: systemd says so to what it executes (systemd.exec(5)), and so does `init`. That process 1
  /// is the parent is not enough, as it is every orphan's.
  static let isService =
    getppid() == 1 && Environment.take("SYSTEMD_EXEC_PID").flatMap { parseDecimal($0) } == UInt64(Process.id)

  /// Asks process 1 to power the machine off.
  static func powerOff() {
    let result = sys_power_off()
    if result != 0 { Log.error(AgentError.failed("process 1 cannot be asked to power off", code: -result).text) }
  }

  /// Overwrites what calls that have returned left on the stack. The C libraries clear most of their copies of a key, but the compiler
  /// is free to make others.
  static func wipeStack() { sys_wipe_stack() }

  /// Bytes.
  static var pageSize: Int { Int(getpagesize()) }

  /// Processors that are on.
  static var cpuCount: UInt32 { UInt32(clamping: sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

  static func exists(_ pid: Int32) -> Bool { CSystem.kill(pid, 0) == 0 || sys_errno() != ESRCH }

  /// Ends a child that is known to run. It may go later, if it hangs in the kernel.
  static func kill(_ pid: Int32) { _ = CSystem.kill(pid, SIGKILL) }
}
