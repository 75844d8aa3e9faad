import CSystem

/// A system call that failed, for callers that go on by the reason.
struct Errno: Error {
  /// A value of errno(3), above 0.
  let code: Int32

  /// EIO: what came makes no sense.
  static var malformed: Errno { Errno(code: EIO) }
  /// ENOSPC.
  var isSpace: Bool { code == ENOSPC }

  /// ENOENT.
  var isMissing: Bool { code == ENOENT }
  /// ENXIO: what is opened is a socket, or a device that is not there.
  var isNoFile: Bool { code == ENXIO }

  /// The file is not there, and so is not what it stands for.
  var isAbsent: Bool { code == ENOENT || code == ENOTDIR || code == ENXIO || code == ENODEV }

  /// Another caller is being served, or a signal came in between: the same call may succeed later.
  var isBusy: Bool { code == EBUSY || code == EINTR || code == EAGAIN || code == ETIMEDOUT }

  /// Runs system calls; what fails is told as `failure` with the code.
  static func explain<Result: ~Copyable>(
    _ failure: StaticString, _ body: () throws(Errno) -> Result
  ) throws(AgentError) -> Result {
    do throws(Errno) { return try body() } catch { throw .failed(failure, code: error.code) }
  }

  /// The same for what is one expression.
  static func explain<Result: ~Copyable>(
    _ failure: StaticString, _ body: @autoclosure () throws(Errno) -> Result
  ) throws(AgentError) -> Result {
    do throws(Errno) { return try body() } catch { throw .failed(failure, code: error.code) }
  }

  /// The result of a call that returns negative errno values.
  @discardableResult
  static func check(_ result: Int32) throws(Errno) -> Int32 {
    if result < 0 { throw Errno(code: -result) }
    return result
  }

  /// The same; what fails is told as `failure` with the code.
  @discardableResult
  @inline(never)
  static func check(_ result: Int32, _ failure: StaticString) throws(AgentError) -> Int32 {
    if result < 0 { throw .failed(failure, code: -result) }
    return result
  }

  /// The result of a call that returns -1 and sets errno.
  @discardableResult
  static func last(_ result: Int) throws(Errno) -> Int {
    if result < 0 { throw Errno(code: sys_errno()) }
    return result
  }

  /// Repeats a call while it is busy, about a second at most. It must change nothing when it is.
  static func retrying<Result>(_ body: () throws(Errno) -> Result) throws(Errno) -> Result {
    for _ in 1..<Limits.busyTries {
      do throws(Errno) { return try body() } catch { if !error.isBusy { throw error } }
      pause()
    }
    return try body()
  }

  static func pause() { Clock.sleep(Limits.busyPause) }
}
