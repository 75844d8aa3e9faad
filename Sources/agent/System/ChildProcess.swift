import CSystem

/// Other programs, as children of this process.
enum ChildProcess {
  /// What there is to reap.
  enum Reaped {
    /// A child, with its exit status, or 128 + the number of the signal that killed it.
    case ended(pid: Int32, status: Int32)
    case nothingYet
    case noChildren
  }

  /// Forks a child with its own session and an empty stdin, and returns its process id. In the child, `become` should call
  /// `replace`; what it throws is logged after `title`, and the child exits with status 127.
  static func start(
    of title: [UInt8] = bytes("a child"), _ become: () throws(AgentError) -> Void
  ) throws(AgentError) -> Int32 {
    let pid = try fork()
    if pid == 0 {
      do throws(AgentError) { try become() } catch { fail(title, error) }
      _exit(127)
    }
    return pid
  }

  @inline(never)
  private static func fail(_ title: [UInt8], _ error: AgentError) { Log.error(error.during(title).text) }

  @inline(never)
  private static func fork() throws(AgentError) -> Int32 {
    let pid = try Errno.check(sys_fork_program(), "cannot fork")
    if pid == 0 { SecretArena.isInChild = true }
    return pid
  }

  /// Executes another program in place of this one. Its arguments, starting with its name, and its environment are texts without
  /// NULs, each followed by a NUL. `output` becomes its stdout and stderr.
  @inline(never)
  static func replace(
    _ path: [UInt8], arguments: [UInt8], environment: [UInt8], output: (Int32, Int32) = (1, 2)
  ) throws(AgentError) {
    let code = withPath(path) { path in
      withText(arguments) { arguments in
        withText(environment) { sys_exec(path, arguments, $0, output.0, output.1) }
      }
    }
    if code == -ENOENT, Files.exists(path) { throw .failed("cannot run: its interpreter or dynamic loader is not there") }
    throw .failed("cannot run", errno: -code)
  }

  /// A status of `Reaped` in words that follow the child's name.
  static func words(of status: Int32) -> [UInt8] {
    let isSignal = status > 128
    let number = decimal(Int(isSignal ? status - 128 : status))
    return bytes(isSignal ? " was ended by signal " : " has ended with status ") + number
  }

  /// Gives these descriptors, 8 at most, the numbers from 3 on, for the program that this process becomes, and closes all others
  /// above 2.
  static func pass(_ descriptors: [Int32]) throws(AgentError) {
    try Errno.check(sys_pass(descriptors, Int32(descriptors.count)), "cannot pass a socket on")
  }

  /// Reaps one child that has ended, without waiting.
  static func reap() -> Reaped {
    var status: Int32 = 0
    let pid = sys_reap(&status)
    if pid > 0 { return .ended(pid: pid, status: status) }
    return pid == 0 ? .nothingYet : .noChildren
  }

  /// Sends SIGTERM, or SIGKILL if `forced`, to a child and to those in its session that have not left its process group.
  static func end(session pid: Int32, forced: Bool) { _ = kill(-pid, forced ? SIGKILL : SIGTERM) }

  /// The same to all processes but this one, which must be process 1.
  static func endAll(forced: Bool) { _ = kill(-1, forced ? SIGKILL : SIGTERM) }
}
