import Testing

@testable import agent

/// When the app is looked at, and what holds meanwhile, by the loop's clock: no time passes here.
struct HealthMonitorTests {
  /// Keeps what it is asked, so that a test can answer.
  private final class Looker {
    var answers: [(Result<HealthVerdict, AgentError>) -> Void] = []
  }

  private static let bad = HealthVerdict.listing([.init(name: [0x61], status: [0x62])])

  @Test func unjudged() {
    let monitor = HealthMonitor(Loop(), nil)
    #expect(monitor.verdict.isHealthy && monitor.verdict.unhealthy.isEmpty && monitor.deadline == Int64.max)
  }

  @Test func first() {
    let (loop, looker) = (Loop(), Looker())
    let monitor = HealthMonitor(loop) { looker.answers.append($0) }
    #expect(!monitor.verdict.isHealthy)
    #expect(monitor.verdict.unhealthy == [.init(name: utf8("<health>"), status: utf8("health has not been determined yet"))])
    monitor.expired()
    #expect(looker.answers.count == 1)
    #expect(monitor.deadline == loop.now + Limits.healthRefresh)
    looker.answers[0](.success(.good))
    #expect(monitor.verdict.isHealthy)
    #expect(monitor.deadline == loop.now + Limits.healthPause)
  }

  /// Twice the last verdict holds; then nothing is known. The next that can tell tells.
  @Test func doubts() {
    let (loop, looker) = (Loop(), Looker())
    let monitor = HealthMonitor(loop) { looker.answers.append($0) }
    monitor.expired()
    looker.answers[0](.success(.good))
    for round in 1...4 {
      monitor.expired()
      looker.answers[round](.failure(.failed("no engine")))
      #expect(monitor.verdict.isHealthy == (round < 3))
    }
    #expect(monitor.verdict.unhealthy.isEmpty && monitor.verdict.error == utf8("no engine"))
    monitor.expired()
    looker.answers[5](.success(Self.bad))
    #expect(monitor.verdict.unhealthy == Self.bad.unhealthy && monitor.verdict.error.isEmpty)
    monitor.expired()
    looker.answers[6](.failure(.failed("no engine")))
    #expect(monitor.verdict.unhealthy == Self.bad.unhealthy)
  }

  /// A look that takes too long could not tell, and what it says later counts for nothing.
  @Test func late() {
    let (loop, looker) = (Loop(), Looker())
    let monitor = HealthMonitor(loop) { looker.answers.append($0) }
    for _ in 1...3 {
      monitor.expired()
      monitor.expired()
      #expect(monitor.deadline == loop.now + Limits.healthPause)
    }
    #expect(monitor.verdict.error == utf8("health refresh timed out after 10s"))
    looker.answers[2](.success(.good))
    #expect(!monitor.verdict.isHealthy)
    monitor.expired()
    looker.answers[0](.success(.good))
    #expect(!monitor.verdict.isHealthy)
    looker.answers[3](.success(.good))
    #expect(monitor.verdict.isHealthy)
    // once more
    looker.answers[3](.success(Self.bad))
    #expect(monitor.verdict.isHealthy)
  }
}
