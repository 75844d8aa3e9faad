/// How long to wait before restarting a program that has ended: short at first, then twice as long each time, up to a limit. A program that
/// has run for as long as the limit starts over with the short pause.
struct RestartPause {
  private var started: Int64 = 0
  private var pause = Limits.restartPause

  /// It is started. Times are those of `Clock.monotonic`.
  mutating func begin(_ now: Int64) { started = now }

  /// It has ended or could not be started. Returns when to start it again.
  mutating func end(_ now: Int64) -> Int64 {
    if now - started >= Limits.restartPauseLimit { pause = Limits.restartPause }
    defer { pause = min(2 * pause, Limits.restartPauseLimit) }
    return now + pause
  }
}
