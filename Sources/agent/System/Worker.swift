import CSystem

/// A forked child that does what blocks or reads what strangers send, and reports through a pipe. It inherits no other descriptor
/// above 2, and no secrets but those that are handed over. If it crashes, hangs or floods, its parent goes on without its result.
struct Worker: ~Copyable {
  /// The child's process ID.
  let pid: Int32
  /// Where the report arrives. At its end the child is gone.
  let pipe: Descriptor

  /// The number under which the child finds the descriptor that it keeps.
  static let kept: Int32 = 4

  /// Forks a child that runs `work`, reports and exits. It keeps `descriptor`, unless that is −1.
  init(keeping descriptor: Int32 = -1, _ work: () throws(AgentError) -> Secret) throws(AgentError) {
    var pipe: Int32 = -1
    let pid = try Errno.check(sys_fork_worker(&pipe, descriptor), "cannot fork")
    if pid == 0 {
      SecretArena.isInChild = true
      // locks are not inherited, but what was handed over must not be swapped here either
      _ = mlockall(MCL_CURRENT | MCL_ONFAULT)
      _exit(WorkerReport.send(to: pipe, work) ? 0 : 1)
    }
    self.pid = pid
    self.pipe = Descriptor(owning: pipe)
  }

  /// Runs `work` in a child and waits for what it returns, `limit` bytes at most, or throws. A child that died, sent too much or
  /// did not finish within `timeout` milliseconds counts as `.failed`. For processes without a loop; the others use `Jobs`.
  static func run(
    timeout: Int64, limit: Int, _ work: () throws(AgentError) -> Secret
  ) throws(AgentError) -> Secret {
    let deadline = Clock.monotonic() + timeout
    let worker = try Worker(work)
    var report = WorkerReport(limit: limit)
    while Poll.wait(worker.pipe.number, for: Poll.readable, until: deadline) {
      switch report.read(worker.pipe.number) {
      case .unfinished: continue
      case .whole: return try report.take()
      case .tooLarge:
        kill(worker.pid)
        throw sentTooMuch
      case .broken: throw died
      }
    }
    kill(worker.pid)
    throw tookTooLong
  }

  /// Kills a child. Its pipe must still be open: the process ID of a child that has ended may have been reused. A child that
  /// hangs in the kernel ends later.
  static func kill(_ pid: Int32) { _ = CSystem.kill(pid, SIGKILL) }

  static var died: AgentError { .failed("a worker process died") }
  static var sentTooMuch: AgentError { .failed("a worker process sent too much") }
  static var tookTooLong: AgentError { .failed("a worker process took too long") }
}
