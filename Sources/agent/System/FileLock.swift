import CSystem

/// An exclusive flock(2), which keeps out other processes too. It is released with its owner.
struct FileLock: ~Copyable {
  private let file: Descriptor

  /// Waits until `deadline`, a time of `Clock.monotonic`; throws `unavailable` when it has passed.
  init(_ path: [UInt8], deadline: Int64) throws(AgentError) {
    let file = try Errno.explain("cannot open the lock", try Descriptor(path, .locking))
    let number = file.number
    try Alarm.limit(to: deadline) { () throws(AgentError) in
      while flock(number, LOCK_EX) != 0 {
        let code = sys_errno()
        if code != EINTR { throw .failed("cannot lock", errno: code) }
        if Clock.monotonic() >= deadline { throw .unavailable("another process holds the lock") }
      }
    }
    self.file = file
  }

  /// Runs `body` while the lock is held.
  borrowing func holding<Result>(_ body: () throws(AgentError) -> Result) throws(AgentError) -> Result { try body() }
}
