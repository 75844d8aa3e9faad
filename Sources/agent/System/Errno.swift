import CSystem

/// A system call that failed, for callers that act on the reason.
struct Errno: Error {
  /// A value of errno(3), above 0.
  let code: Int32

  /// A description; `error` and the number for a value that is not expected here.
  var text: [UInt8] {
    let words: StaticString =
      switch code {
      case EPERM: "not permitted"
      case ENOENT: "not found"
      case EINTR: "interrupted"
      case EIO: "input/output error"
      case ENXIO, ENODEV: "no such device"
      case ENOEXEC: "not executable"
      case EAGAIN: "not available at present"
      case ENOMEM, ENOBUFS: "out of memory"
      case EACCES: "permission denied"
      case EBUSY, ETXTBSY: "busy"
      case EEXIST: "already exists"
      case ENOTDIR: "not a directory"
      case EISDIR: "a directory"
      case EINVAL: "invalid argument"
      case ENFILE, EMFILE: "too many open files"
      case EFBIG, E2BIG, EMSGSIZE, EOVERFLOW: "too large"
      case ENOSPC, EDQUOT: "no space left"
      case EROFS: "read-only file system"
      case EPIPE: "broken pipe"
      case EPROTO: "protocol error"
      case EBADF: "not open"
      case ENOTSOCK: "not a socket"
      case ENOTCONN: "not connected"
      case ESRCH, ECHILD: "no such process"
      case ENAMETOOLONG: "name too long"
      case ENOSYS, ENOTTY, EOPNOTSUPP, EAFNOSUPPORT, EPROTONOSUPPORT: "not supported"
      case ELOOP: "a symbolic link"
      case EADDRINUSE: "address in use"
      case EADDRNOTAVAIL: "address not available"
      case ENETUNREACH, EHOSTUNREACH: "unreachable"
      case ECONNRESET, ECONNABORTED: "connection reset"
      case ECONNREFUSED: "connection refused"
      case ETIMEDOUT: "timed out"
      case ENOKEY, EKEYREJECTED: "signature refused"
      default: ""
      }
    return words.utf8CodeUnitCount == 0 ? bytes("error ") + decimal(code) : bytes(words)
  }

  /// EIO: the data received make no sense.
  static var malformed: Errno { Errno(code: EIO) }
  /// ENOSPC.
  var isSpace: Bool { code == ENOSPC }

  /// ENOENT.
  var isMissing: Bool { code == ENOENT }
  /// ENXIO: the path is a socket, or a device that does not exist.
  var isNoFile: Bool { code == ENXIO }

  /// The file does not exist, and so neither does what it stands for.
  var isAbsent: Bool { code == ENOENT || code == ENOTDIR || code == ENXIO || code == ENODEV }

  /// Another caller is being served, or a signal came first: the same call may succeed later.
  var isBusy: Bool { code == EBUSY || code == EINTR || code == EAGAIN || code == ETIMEDOUT }

  /// Runs system calls. A failure is thrown as `failure` and errno's description.
  static func explain<Result: ~Copyable>(
    _ failure: StaticString, _ body: () throws(Errno) -> Result
  ) throws(AgentError) -> Result {
    do throws(Errno) { return try body() } catch { throw .failed(failure, errno: error.code) }
  }

  /// The same for a single expression.
  static func explain<Result: ~Copyable>(
    _ failure: StaticString, _ body: @autoclosure () throws(Errno) -> Result
  ) throws(AgentError) -> Result {
    do throws(Errno) { return try body() } catch { throw .failed(failure, errno: error.code) }
  }

  /// The result of a call that returns negative errno values.
  @discardableResult
  static func check(_ result: Int32) throws(Errno) -> Int32 {
    if result < 0 { throw Errno(code: -result) }
    return result
  }

  /// The same. A failure is thrown as `failure` and errno's description.
  @discardableResult
  @inline(never)
  static func check(_ result: Int32, _ failure: StaticString) throws(AgentError) -> Int32 {
    if result < 0 { throw .failed(failure, errno: -result) }
    return result
  }

  /// The result of a call that returns -1 and sets errno.
  @discardableResult
  static func last(_ result: Int) throws(Errno) -> Int {
    if result < 0 { throw Errno(code: sys_errno()) }
    return result
  }

  /// Repeats a call while it is busy, for about a second at most. A busy call must have changed nothing.
  static func retrying<Result>(_ body: () throws(Errno) -> Result) throws(Errno) -> Result {
    for _ in 1..<Limits.busyTries {
      do throws(Errno) { return try body() } catch { if !error.isBusy { throw error } }
      pause()
    }
    return try body()
  }

  /// Waits before another attempt.
  static func pause() { Clock.sleep(Limits.busyPause) }
}
