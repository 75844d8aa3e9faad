/// Logs requests that were refused or failed, a line each: a burst of `Limits.failureLines`, then one a second. A line quotes nothing of
/// the request, only the peer's credentials and our own text.
final class FailureLog {
  private var tokens = Limits.failureLines
  /// When a token was last added.
  private var refilled: Int64 = 0
  private var suppressed = 0
  private let write: (Log.Priority, [UInt8]) -> Void

  /// `write` takes a line and its priority.
  init(_ write: @escaping (Log.Priority, [UInt8]) -> Void = Log.write) { self.write = write }

  /// `client` is the connection's descriptor, `now` the loop's time.
  func add(_ response: Response, on listener: StaticString, client: Int32, now: Int64) {
    let refill = Int(clamping: (now - refilled) / 1000)
    if refill > 0 {
      tokens = min(Limits.failureLines, tokens + min(refill, Limits.failureLines))
      refilled = now
    }
    if tokens == 0 {
      suppressed += 1
      return
    }
    tokens -= 1
    var line = bytes("request status=", decimal(response.status.rawValue)) + " listener=" + listener
    if let peer = Sockets.peer(client) {
      line += bytes(" uid=", decimal(Int(peer.uid))) + " pid=" + decimal(Int(peer.pid))
    }
    if suppressed > 0 { line += bytes(" suppressed=", decimal(suppressed)) }
    suppressed = 0
    line += bytes(" error=\"", response.failure) + "\""
    write(response.status.rawValue < 500 ? .notice : .warning, line)
  }
}
