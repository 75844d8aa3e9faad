import CSystem

/// Other programs, as children of this process.
enum ChildProcess {
  /// A child that has ended.
  struct Ended {
    let pid: Int32
    /// The exit status, or 128 and the signal's number.
    let status: Int32
  }

  /// What there is to reap.
  enum Reaped {
    case ended(Ended)
    case nothingYet
    case noChildren
  }

  /// Forks a child with a session of its own and an empty stdin, whose process id is returned. `become` runs in the child and calls
  /// `replace`; what it throws is logged, and the child's status is 127 then.
  static func start(_ become: () throws(AgentError) -> Void) throws(AgentError) -> Int32 {
    let pid = sys_fork_program()
    if pid < 0 { throw .failed("cannot fork", code: -pid) }
    if pid == 0 {
      SecretArena.isInChild = true
      do throws(AgentError) { try become() } catch { Log.error(error.text) }
      _exit(127)
    }
    return pid
  }

  /// Makes another program of this process. Its arguments, from its name on, and its environment are texts without NUL, each with a NUL
  /// behind it.
  static func replace(_ path: [UInt8], arguments: [UInt8], environment: [UInt8]) throws(AgentError) {
    let code = withPath(path) { path in
      withTexts(arguments) { arguments in withTexts(environment) { sys_exec(path, arguments, $0) } }
    }
    throw .failed("cannot run", code: -code)
  }

  /// Descriptors that the program that this process becomes has as number 3 and up.
  static func pass(_ descriptors: [Int32]) throws(AgentError) {
    let result = sys_pass(descriptors, Int32(descriptors.count))
    if result != 0 { throw .failed("cannot pass a socket on", code: -result) }
  }

  static func reap() -> Reaped {
    var status: Int32 = 0
    let pid = sys_reap(&status)
    if pid > 0 { return .ended(Ended(pid: pid, status: status)) }
    return pid == 0 ? .nothingYet : .noChildren
  }

  /// Asks a child and those in its session that have not left its group to end, or ends them.
  static func end(session pid: Int32, forced: Bool) { _ = kill(-pid, forced ? SIGKILL : SIGTERM) }

  /// All processes but this one, if it is process 1.
  static func endAll(forced: Bool) { _ = kill(-1, forced ? SIGKILL : SIGTERM) }

  private static func withTexts(_ texts: [UInt8], _ body: (UnsafePointer<CChar>) -> Int32) -> Int32 {
    (texts + [0]).withUnsafeBufferPointer { buffer in
      buffer.withMemoryRebound(to: CChar.self) { chars in chars.baseAddress.map(body) ?? -EINVAL }
    }
  }
}
