import Testing

@testable import agent

struct RestartPauseTests {
  @Test func grows() {
    var pause = RestartPause()
    var pauses: [Int64] = []
    for now: Int64 in 0..<9 {
      pause.begin(now)
      pauses.append(pause.end(now) - now)
    }
    #expect(pauses == [100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000])
    // one that ran for a little less than the limit, and one that ran as long as the limit
    pause.begin(0)
    #expect(pause.end(9_999) == 19_999)
    pause.begin(0)
    #expect(pause.end(10_000) == 10_100)
  }
}
