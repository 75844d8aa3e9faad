/// Deadlines for the reader of an answer that is held in memory: for the next part, for the whole, and for its average speed. A reader that
/// takes an answer very slowly holds memory that others may need.
struct AnswerPace {
  private let beginning: Int64
  private var lastSent: Int64
  private var bytes = 0

  /// `now` is the loop's time.
  init(from now: Int64) { (beginning, lastSent) = (now, now) }

  /// Records that `count` bytes were sent.
  mutating func note(_ count: Int, at now: Int64) {
    bytes += count
    lastSent = now
  }

  /// When to close the connection if nothing more can be sent.
  var deadline: Int64 {
    // the time until which these bytes satisfy the least average speed
    let average = Int64(bytes) * 1000 / Limits.leastSpeed
    return min(lastSent + Limits.idle, beginning + min(max(average, Limits.idle), Limits.answerTime))
  }
}
