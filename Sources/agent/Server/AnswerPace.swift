/// How long the reader of an answer may take that is held in memory: for the next part of it, for all of it, and on the average. Who takes
/// it drop by drop holds up memory that others may need.
struct AnswerPace {
  private let beginning: Int64
  private var lastSent: Int64
  private var bytes = 0

  /// By the loop's time.
  init(from now: Int64) { (beginning, lastSent) = (now, now) }

  /// So many bytes are sent.
  mutating func note(_ count: Int, at now: Int64) {
    bytes += count
    lastSent = now
  }

  /// When the connection is closed if nothing more can be sent.
  var deadline: Int64 {
    // until then they are enough for the average
    let average = Int64(bytes) * 1000 / Limits.leastSpeed
    return min(lastSent + Limits.idle, beginning + min(max(average, Limits.idle), Limits.answerTime))
  }
}
