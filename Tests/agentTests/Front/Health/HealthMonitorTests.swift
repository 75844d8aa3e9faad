import Testing

@testable import agent

/// When the app is checked, and what holds in between, by the loop's clock: the tests wait for nothing.
struct HealthMonitorTests {
  /// Keeps each check, so that a test can answer it.
  private final class Looker {
    var looks: [HealthLook] = []
  }

  private static let bad = HealthVerdict.listing([.init(name: [0x61], status: [0x62])])

  @Test func unjudged() throws {
    let monitor = HealthMonitor(try Loop(), nil)
    #expect(monitor.verdict.isHealthy && monitor.verdict.unhealthy.isEmpty && monitor.deadline == Int64.max)
  }

  @Test func first() throws {
    let (loop, looker) = (try Loop(), Looker())
    let monitor = HealthMonitor(loop) { looker.looks.append($0) }
    #expect(!monitor.verdict.isHealthy)
    #expect(monitor.verdict.unhealthy == [.init(name: utf8("<health>"), status: utf8("health has not been determined yet"))])
    monitor.expired()
    #expect(looker.looks.count == 1)
    #expect(monitor.deadline == loop.now + Limits.healthRefresh)
    looker.looks[0].conclude(.success(.good))
    #expect(monitor.verdict.isHealthy)
    #expect(monitor.deadline == loop.now + Limits.healthPause)
  }

  /// The last verdict survives two checks without one; then nothing is known, until a check gives a verdict again.
  @Test func doubts() throws {
    let (loop, looker) = (try Loop(), Looker())
    let monitor = HealthMonitor(loop) { looker.looks.append($0) }
    monitor.expired()
    looker.looks[0].conclude(.success(.good))
    for round in 1...4 {
      monitor.expired()
      looker.looks[round].conclude(.failure(.failed("no engine")))
      #expect(monitor.verdict.isHealthy == (round < 3))
    }
    #expect(monitor.verdict.unhealthy.isEmpty && monitor.verdict.error == utf8("no engine"))
    monitor.expired()
    looker.looks[5].conclude(.success(Self.bad))
    #expect(monitor.verdict.unhealthy == Self.bad.unhealthy && monitor.verdict.error.isEmpty)
    monitor.expired()
    looker.looks[6].conclude(.failure(.failed("no engine")))
    #expect(monitor.verdict.unhealthy == Self.bad.unhealthy)
  }

  /// A check that takes too long has no verdict, and what it says later does not count.
  @Test func late() throws {
    let (loop, looker) = (try Loop(), Looker())
    let monitor = HealthMonitor(loop) { looker.looks.append($0) }
    for _ in 1...3 {
      monitor.expired()
      monitor.expired()
      #expect(monitor.deadline == loop.now + Limits.healthPause)
    }
    #expect(monitor.verdict.error == utf8("health refresh timed out after 10s"))
    #expect(looker.looks.allSatisfy { $0.isGivenUp })
    looker.looks[2].conclude(.success(.good))
    #expect(!monitor.verdict.isHealthy)
    monitor.expired()
    looker.looks[0].conclude(.success(.good))
    #expect(!monitor.verdict.isHealthy)
    looker.looks[3].conclude(.success(.good))
    #expect(monitor.verdict.isHealthy)
    // once more
    looker.looks[3].conclude(.success(Self.bad))
    #expect(monitor.verdict.isHealthy)
  }

  /// A file that hangs occupies one child, however often it is checked; other jobs have slots of their own.
  @Test func oneChild() throws {
    let folder = try TemporaryFolder()
    try folder.write("file", utf8("healthy\n1\n"))
    let loop = try Loop()
    let jobs = Jobs(loop)
    jobs.start(.health, timeout: 60_000) {
      Clock.sleep(60_000)
      return []
    } done: { _ in
    }
    var answers: [String] = []
    HealthFileReader.read(folder.bytes + utf8("/file"), jobs) {
      if case .failure(let error) = $0 { answers.append(String(decoding: error.text, as: UTF8.self)) }
    }
    #expect(answers == ["the health file cannot be read in time"] && jobs.running(.health) == 1)
    var isDone = false
    jobs.start(.event, timeout: 60_000) {
      []
    } done: { _ in
      isDone = true
    }
    #expect(loop.turn { isDone })
    loop.stop()
    loop.run(isIdle: { true })
  }
}
