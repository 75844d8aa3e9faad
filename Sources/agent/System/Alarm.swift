import CSystem

/// Ends calls that would block for too long.
enum Alarm {
  /// While `body` runs, calls that block past `deadline`, a time of `Clock.monotonic`, end with EINTR.
  static func limit<Result>(to deadline: Int64, _ body: () throws(AgentError) -> Result) throws(AgentError) -> Result {
    let timer = try Errno.check(sys_alarm_start(max(1, deadline - Clock.monotonic())), "no timer")
    defer { sys_alarm_stop(timer) }
    return try body()
  }
}
