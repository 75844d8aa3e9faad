/// How long what has ended waits until it is started again: a moment at first and twice as long each time, up to a limit. For what has run
/// for that long it is the moment again.
struct RestartPause {
  private var started: Int64 = 0
  private var pause = Limits.restartPause

  /// It is started; times are those of `Clock.monotonic`.
  mutating func begin(_ now: Int64) { started = now }

  /// It has ended, or could not be started: when to start it again.
  mutating func end(_ now: Int64) -> Int64 {
    if now - started >= Limits.restartPauseLimit { pause = Limits.restartPause }
    defer { pause = min(2 * pause, Limits.restartPauseLimit) }
    return now + pause
  }
}
