import Foundation
import Testing

@testable import agent

struct LoopTests {
  /// Records what happens to it.
  private final class Probe: EventSource {
    private(set) var log: [String] = []
    var onExpired: () -> Void = {}
    var onRelease: () -> Void = {}

    init(_ descriptor: consuming Descriptor? = nil, deadline: Int64 = Int64.max) {
      super.init(descriptor)
      self.deadline = deadline
    }

    override func ready(_ happened: Int16) { log.append("ready \(happened & (Poll.readable | Poll.writable))") }

    override func expired() {
      log.append("expired")
      deadline = Int64.max
      onExpired()
    }

    override func release() {
      log.append("release")
      onRelease()
    }
  }

  @Test func deadlines() {
    let loop = Loop()
    let past = Probe(deadline: 0)
    let later = Probe(deadline: loop.now + 1_000_000)
    loop.add(past)
    loop.add(later)
    loop.turn()
    #expect(past.log == ["expired"] && later.log == [])
  }

  /// The round waits for the nearest deadline, and no longer.
  @Test func waitsForADeadline() {
    let loop = Loop()
    let soon = Probe(deadline: loop.now + 20)
    loop.add(Probe(deadline: loop.now + 1_000_000))
    loop.add(soon)
    #expect(loop.turn { !soon.log.isEmpty })
    #expect(soon.log == ["expired"])
  }

  /// A round with many events is followed by one that does not wait; one with fewer, by one that does.
  @Test(arguments: [(Limits.busyRound, 5_000, []), (Limits.busyRound - 1, 20, ["expired"])] as [(Int, Int64, [String])])
  func waitsUnlessTheLastRoundWasBusy(_ count: Int, _ deadline: Int64, _ log: [String]) throws {
    let loop = Loop()
    let probes = try (0..<count).map { _ in
      var ends: [Int32] = [-1, -1]
      try #require(pipe(&ends) == 0)
      close(ends[0])
      return Probe(Descriptor(owning: ends[1]))
    }
    for probe in probes { loop.add(probe) }
    loop.turn()
    let later = Probe(deadline: loop.now + deadline)
    loop.add(later)
    for probe in probes {
      #expect(probe.log == ["ready 0"])
      probe.isPaused = true
    }
    loop.turn()
    #expect(later.log == log)
  }

  /// A call that the loop does not measure.
  private final class Brief: EventSource {
    override func ready(_ happened: Int16) { wasBrief = true }
  }

  /// A wait is reckoned from the last round, even if that was not measured.
  @Test func waitsAfterABriefRound() throws {
    var time: Int64 = 1_000_000
    let loop = Loop { time }
    var ends: [Int32] = [-1, -1]
    try #require(pipe(&ends) == 0)
    close(ends[0])
    let brief = Brief(Descriptor(owning: ends[1]))
    loop.add(brief)
    let begun = Clock.monotonic()
    time += 60_000_000
    loop.turn()
    brief.isPaused = true
    let soon = Probe(deadline: loop.now + 20)
    loop.add(soon)
    loop.turn()
    #expect(Clock.monotonic() - begun < 50_000)
  }

  @Test func readiness() throws {
    var ends: [Int32] = [-1, -1]
    try #require(pipe(&ends) == 0)
    let loop = Loop()
    let input = Probe(Descriptor(owning: ends[0]))
    let output = Probe(Descriptor(owning: ends[1]))
    input.events = Poll.readable
    loop.add(input)
    loop.add(output)
    output.events = Poll.writable
    loop.turn()
    #expect(input.log == [] && output.log == ["ready \(Poll.writable)"])
    output.events = 0
    #expect(IO.writeAll(ends[1], [1]))
    loop.turn()
    #expect(input.log == ["ready \(Poll.readable)"] && output.log.count == 1)
  }

  /// A source's descriptor is closed once it has left, whoever else holds the source.
  @Test(arguments: [false, true]) func closesDescriptors(_ runs: Bool) throws {
    var ends: [Int32] = [-1, -1]
    try #require(pipe(&ends) == 0)
    defer { close(ends[0]) }
    let loop = Loop()
    let output = Probe(Descriptor(owning: ends[1]), deadline: 0)
    var isOpen = false
    output.onRelease = { isOpen = output.descriptor == ends[1] && fcntl(ends[1], F_GETFD) >= 0 }
    loop.add(output)
    if runs {
      loop.stop()
      loop.run(isIdle: { true })
    } else {
      output.isFinished = true
      loop.turn()
    }
    #expect(isOpen && output.descriptor == -1)
    var data: [UInt8] = []
    guard case .end = IO.read(ends[0], appendingTo: &data, limit: 1) else {
      Issue.record("the other end is open")
      return
    }
  }

  @Test func leavesAtTheEndOfTheRound() {
    let loop = Loop()
    let first = Probe(deadline: 0)
    let second = Probe(deadline: 0)
    // a source that finishes in a round before its turn is not called any more
    first.onExpired = { second.isFinished = true }
    loop.add(first)
    loop.add(second)
    loop.turn()
    #expect(first.log == ["expired"] && second.log == ["release"])
    first.deadline = 0
    loop.turn()
    #expect(second.log == ["release"])
  }

  @Test func addedInARound() {
    let loop = Loop()
    let first = Probe(deadline: 0)
    let second = Probe(deadline: 0)
    first.onExpired = { loop.add(second) }
    loop.add(first)
    loop.turn()
    #expect(second.log == [])
    loop.turn()
    #expect(second.log == ["expired"])
  }

  /// A source that a leaving one adds stays.
  @Test func addedWhileLeaving() {
    let loop = Loop()
    let leaving = Probe(deadline: 0)
    let heir = Probe(deadline: 0)
    leaving.onExpired = { leaving.isFinished = true }
    leaving.onRelease = { loop.add(heir) }
    loop.add(leaving)
    loop.turn()
    #expect(leaving.log == ["expired", "release"])
    heir.deadline = 0
    loop.add(Probe(deadline: 0))
    loop.turn()
    #expect(heir.log == ["expired"])
  }

  @Test func runsUntilIdle() {
    let loop = Loop()
    let probe = Probe(deadline: 0)
    var rounds = 0
    probe.onExpired = {
      rounds += 1
      probe.deadline = 0
      if rounds == 3 { loop.stop() }
    }
    loop.add(probe)
    loop.run(isIdle: { rounds >= 5 })
    #expect(rounds == 5)
    #expect(probe.log.last == "release")
  }
}
