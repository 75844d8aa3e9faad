import Foundation
import Testing

@testable import agent

/// Rounds of a loop whose clock moves as its sources work.
struct RotaTests {
  /// Microseconds.
  private final class Time {
    var now: Int64 = 1_000_000
    private(set) var looks = 0
    func look() -> Int64 {
      looks += 1
      return now
    }
  }

  /// A source that is always ready and takes some time of a round.
  private final class Worker: EventSource {
    private let name: String
    private let work: (String) -> Void

    init(_ name: String, _ work: @escaping (String) -> Void) throws {
      (self.name, self.work) = (name, work)
      var ends: [Int32] = [-1, -1]
      try #require(pipe(&ends) == 0)
      #expect(IO.writeAll(ends[1], [1]))
      _ = Descriptor(owning: ends[1])
      super.init(Descriptor(owning: ends[0]))
      events = Poll.readable
      let parts = name.split(whereSeparator: { ".:".contains($0) })
      if parts.count > 1 {
        caller = Caller(parts[0] == "gone" ? .gone : Peer(group: utf8(String(parts[0])), user: UInt32(parts[1]) ?? 0))
      }
    }

    override func ready(_ happened: Int16) {
      #expect(happened & Poll.readable != 0)
      work(name)
      hasMore = name.hasSuffix("+")
      wasBrief = name.hasSuffix("-")
    }
    override func expired() {
      deadline = Int64.max
      work(name + " is late")
    }
  }

  private final class Fixture {
    let time = Time()
    let loop: Loop
    private(set) var workers: [Worker] = []
    private var called: [String] = []

    /// Sources `group.user:anything`, or any name for one of the agent's own. Each takes that many microseconds.
    init(_ names: String, each cost: Int64) throws {
      loop = try Loop(clock: time.look)
      for name in names.split(separator: " ").map(String.init) {
        let worker = try Worker(name) { [unowned self] name in
          called.append(name)
          time.now += cost
        }
        workers.append(worker)
        loop.add(worker)
      }
    }

    deinit {
      loop.stop()
      loop.run(isIdle: { true })
    }

    /// Which sources are called in each of some rounds.
    func rounds(_ count: Int) -> [String] {
      (0..<count).map { _ in
        called = []
        loop.turn(until: loop.now)
        return called.joined(separator: " ")
      }
    }
  }

  /// While rounds are short, everything that is ready is called in each, and no caller is looked up.
  @Test func shortRounds() throws {
    let fixture = try Fixture("a.1:1 a.1:2 a.1:3 b.1:1", each: Limits.round / 3 - 1)
    #expect(fixture.rounds(2) == Array(repeating: "a.1:1 a.1:2 a.1:3 b.1:1", count: 2))
    #expect(fixture.workers.allSatisfy { $0.share == nil })
  }

  /// A round ends when its time is up; at least one source is called.
  @Test(arguments: [(Limits.round / 2, 2), (Limits.round / 2 - 1, 3), (Limits.round, 1), (5 * Limits.round, 1)])
  func length(_ cost: Int64, _ count: Int) throws {
    let fixture = try Fixture("a.1:1 a.1:2 a.1:3 a.1:4 a.1:5 a.1:6", each: cost)
    for round in fixture.rounds(4) { #expect(round.split(separator: " ").count == count) }
    #expect(fixture.loop.longestRound == cost * Int64(count))
  }

  /// A round of a few brief calls reads the clock once; any other, also at its end.
  @Test(arguments: [
    ("", 2), ("a.1:1-", 1), (String(repeating: "a.1:1- ", count: Limits.briefCalls - 1), 1),
    (String(repeating: "a.1:1- ", count: Limits.briefCalls), 2), ("a.1:1", 2), ("a.1:1 a.1:2-", 3),
  ])
  func looksAtTheClock(_ names: String, _ count: Int) throws {
    let fixture = try Fixture(names, each: 1)
    let before = fixture.time.looks
    _ = fixture.rounds(1)
    #expect(fixture.time.looks - before == count)
  }

  /// After brief calls the clock is read only once in `Limits.briefCalls`; after any other at once.
  @Test(arguments: [
    (String(repeating: "a.1:1- ", count: Limits.briefCalls + 1), Limits.briefCalls), ("a.1:1- a.1:2- a.1:3 a.1:4-", 3),
  ])
  func briefCalls(_ names: String, _ count: Int) throws {
    let fixture = try Fixture(names, each: Limits.round)
    #expect(fixture.rounds(1)[0].split(separator: " ").count == count)
  }

  /// However much one caller wants, the others come in between; the one served longest ago comes first.
  @Test(arguments: [
    ("a.1:1 a.1:2 a.1:3 b.1:1", "a.1:1 b.1:1 a.1:2 b.1:1 a.1:3 b.1:1 a.1:1 b.1:1"),
    ("a.1:1 a.1:2 b.1:1 c.1:1", "a.1:1 b.1:1 c.1:1 a.1:2 b.1:1 c.1:1 a.1:1"),
    // to other groups, the users of a group count as one, and take turns within it
    ("a.1:1 a.1:2 a.2:1 b.1:1", "a.1:1 b.1:1 a.2:1 b.1:1 a.1:2 b.1:1 a.2:1 b.1:1 a.1:1"),
    // those who are gone come last
    ("gone:1 a.1:1 gone:2 b.1:1", "gone:1 a.1:1 b.1:1 a.1:1 b.1:1"), ("gone:1 gone:2", "gone:1 gone:2 gone:1"),
    // one caller's connections take turns as well
    ("a.1:1 a.1:2 a.1:3", "a.1:1 a.1:2 a.1:3 a.1:1 a.1:2 a.1:3"),
  ])
  func order(_ names: String, _ expected: String) throws {
    let order = expected.split(separator: " ").map(String.init)
    let fixture = try Fixture(names, each: Limits.round)
    #expect(fixture.rounds(order.count) == order)
  }

  /// Several a round, in the same order.
  @Test func severalInARound() throws {
    let fixture = try Fixture("a.1:1 a.1:2 a.1:3 b.1:1", each: Limits.round / 2)
    #expect(fixture.rounds(4) == ["a.1:1 a.1:2", "b.1:1 a.1:3", "b.1:1 a.1:1", "b.1:1 a.1:2"])
  }

  /// One that has more to do comes again in the round, in its turn: one connection of a caller gets as much as all of another.
  @Test func more() throws {
    let fixture = try Fixture("a.1:1+ a.1:2 a.1:3+ a.1:4 b.1:1+", each: Limits.round / 4)
    #expect(fixture.rounds(3) == ["a.1:1+ a.1:2 a.1:3+ a.1:4", "b.1:1+ a.1:1+ b.1:1+ a.1:2", "b.1:1+ a.1:3+ b.1:1+ a.1:4"])
    // one that has done all is called once a round
    fixture.workers[4].isPaused = true
    fixture.workers[0].isPaused = true
    fixture.workers[2].isPaused = true
    #expect(fixture.rounds(2) == ["a.1:2 a.1:4", "a.1:2 a.1:4"])
  }

  /// The agent's own sources come before all callers', of which one has its turn in any case.
  @Test func theAgentsOwn() throws {
    let fixture = try Fixture("a.1:1 a.1:2 job b.1:1", each: Limits.round)
    // it is looked up then, and known in the next round
    #expect(fixture.rounds(4) == ["a.1:1", "job a.1:1", "job a.1:2", "job b.1:1"])
    fixture.workers[2].isPaused = true
    #expect(fixture.rounds(2) == ["a.1:1", "b.1:1"])
  }

  /// A source that comes last is called in each round, even after one that was cut short.
  @Test func listeners() throws {
    let fixture = try Fixture("a.1:1 a.1:2 door", each: Limits.round)
    fixture.workers[2].comesLast = true
    #expect(fixture.rounds(3) == ["a.1:1 door", "a.1:2 door", "a.1:1 door"])
  }

  /// A source that is ready but has not had its turn is not late.
  @Test func deadlines() throws {
    let fixture = try Fixture("a.1:1 b.1:1 c.1:1", each: 1_000_000)
    fixture.workers[0].deadline = fixture.loop.now + 1
    fixture.workers[2].deadline = fixture.loop.now + 1
    fixture.workers[2].isPaused = true
    #expect(fixture.rounds(3) == ["a.1:1", "b.1:1 c.1:1 is late", "a.1:1 a.1:1 is late"])
  }

  /// Once all have been called in a round, rounds are short again.
  @Test func isOverSometime() throws {
    let fixture = try Fixture("a.1:1 a.1:2 b.1:1", each: Limits.round / 2)
    #expect(fixture.rounds(2) == ["a.1:1 a.1:2", "b.1:1 a.1:1"])
    fixture.workers[1].isPaused = true
    #expect(fixture.rounds(2) == ["b.1:1 a.1:1", "a.1:1 b.1:1"])
  }
}
