import Testing

@testable import agent

/// How long a reader may take. Times are in milliseconds from the beginning of the answer.
struct AnswerPaceTests {
  private static let second = Int(Limits.leastSpeed)

  /// Parts `bytes@time`, and when the next one is due.
  @Test(
    arguments: [
      // nothing is read: the idle time
      ([], Limits.idle),
      // what is read early earns the idle time and no more
      ([(1, 0)], Limits.idle), ([(1, 9_000)], Limits.idle), ([(10 * second, 0)], Limits.idle),
      // after the idle time, the average counts
      ([(10 * second + second / 1000 + 1, 9_000)], 10_001), ([(12 * second, 9_000)], 12_000), ([(12 * second, 1_000)], 11_000),
      // never more than the idle time after the last part
      ([(25 * second, 5_000)], 15_000), ([(25 * second, 15_000)], 25_000),
      // nor than the time for the whole
      ([(1_000 * second, 19_999)], 29_999), ([(1_000 * second, 20_000)], 30_000), ([(1_000 * second, 29_000)], 30_000),
      ([(10 * second, 5_000), (1_000 * second, 14_000)], 24_000),
    ] as [([(Int, Int64)], Int64)])
  func deadlines(_ parts: [(Int, Int64)], _ deadline: Int64) {
    let beginning: Int64 = 1_000_000
    var pace = AnswerPace(from: beginning)
    for (bytes, time) in parts { pace.note(bytes, at: beginning + time) }
    #expect(pace.deadline - beginning == deadline)
  }
}
