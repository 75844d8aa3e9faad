import Foundation
import Testing

@testable import agent

struct LoopTests {
  /// Records what happens to it.
  private final class Probe: EventSource {
    private(set) var log: [String] = []
    var onReady: () -> Void = {}
    var onExpired: () -> Void = {}
    var onRelease: () -> Void = {}

    init(_ descriptor: consuming Descriptor? = nil, deadline: Int64 = Int64.max) {
      super.init(descriptor)
      self.deadline = deadline
    }

    override func ready(_ happened: Int16) {
      log.append("ready \(happened & (Poll.readable | Poll.writable))")
      onReady()
    }

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

  @Test func deadlines() throws {
    let loop = try Loop()
    let past = Probe(deadline: 0)
    let later = Probe(deadline: loop.now + 1_000_000)
    loop.add(past)
    loop.add(later)
    loop.turn()
    #expect(past.log == ["expired"] && later.log == [])
  }

  /// The round waits for the nearest deadline, and no longer.
  @Test func waitsForADeadline() throws {
    let loop = try Loop()
    let soon = Probe(deadline: loop.now + 20)
    loop.add(Probe(deadline: loop.now + 1_000_000))
    loop.add(soon)
    #expect(loop.turn { !soon.log.isEmpty })
    #expect(soon.log == ["expired"])
  }

  /// A round with many events is followed by one that does not wait; one with fewer, by one that does.
  @Test(arguments: [(Limits.busyRound, 5_000, []), (Limits.busyRound - 1, 20, ["expired"])] as [(Int, Int64, [String])])
  func waitsUnlessTheLastRoundWasBusy(_ count: Int, _ deadline: Int64, _ log: [String]) throws {
    let loop = try Loop()
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

  /// A quiet probe at the end of a pipe.
  private final class Pipe {
    let probe: Probe
    private let input: Descriptor

    init(_ loop: Loop) throws {
      var ends: [Int32] = [-1, -1]
      try #require(pipe(&ends) == 0)
      probe = Probe(Descriptor(owning: ends[0]))
      input = Descriptor(owning: ends[1])
      probe.events = Poll.readable
      probe.isQuiet = true
      loop.add(probe)
    }

    func write() { #expect(IO.writeAll(input.number, [1])) }
  }

  /// Quiet sources are called in every round in which they are ready, all of them.
  @Test func quietSources() throws {
    let loop = try Loop()
    let (pipe, other) = (try Pipe(loop), try Pipe(loop))
    let (first, second) = (pipe.probe, other.probe)
    pipe.write()
    loop.turn()
    #expect(first.log == ["ready 1"] && second.log == [])
    other.write()
    for _ in 0..<2 { loop.turn() }
    #expect(first.log.count == 3 && second.log.count == 2)
    first.events = 0
    loop.turn()
    #expect(first.log.count == 3 && second.log.count == 3)
    first.events = Poll.readable
    second.isFinished = true
    for _ in 0..<2 { loop.turn() }
    #expect(first.log.count == 5 && second.log.count == 4 && second.log.last == "release")
  }

  /// A quiet source is called before its deadline counts, whatever else is ready.
  @Test func quietSourcesDoNotExpire() throws {
    let loop = try Loop()
    let pipes = try (0..<3).map { _ in try Pipe(loop) }
    for pipe in pipes {
      pipe.write()
      pipe.probe.deadline = loop.now
      pipe.probe.onReady = { pipe.probe.deadline = Int64.max }
    }
    loop.turn()
    for pipe in pipes { #expect(pipe.probe.log == ["ready 1"]) }
  }

  /// A quiet source that comes last is called after one that is neither.
  @Test func quietAndLast() throws {
    let loop = try Loop()
    let pipe = try Pipe(loop)
    let last = pipe.probe
    last.comesLast = true
    let other = Probe(try Descriptor(Array("/dev/null".utf8), .writing))
    other.events = Poll.writable
    other.onReady = { #expect(last.log == []) }
    loop.add(other)
    pipe.write()
    loop.turn()
    #expect(last.log == ["ready 1"] && other.log == ["ready \(Poll.writable)"])
  }

  /// What happens on a descriptor that has left does not end a wait, even if somebody else has it open.
  @Test func quietSourcesLeave() throws {
    let loop = try Loop()
    let pipe = try Pipe(loop)
    let probe = pipe.probe
    let copy = Descriptor(owning: dup(probe.descriptor))
    probe.isFinished = true
    loop.turn()
    #expect(probe.log == ["release"])
    pipe.write()
    // may get the same number
    let next = try Pipe(loop)
    let soon = Probe(deadline: loop.now + 20)
    loop.add(soon)
    loop.turn()
    #expect(soon.log == ["expired"] && next.probe.log == [] && Poll.isReadable(copy.number))
  }

  /// A file, which epoll(7) does not watch, is watched like others: poll(2) finds it always ready.
  @Test func quietButNotWatched() throws {
    let loop = try Loop()
    let file = Probe(try Descriptor(Array(#filePath.utf8), .reading))
    file.events = Poll.readable
    file.isQuiet = true
    loop.add(file)
    loop.turn()
    #expect(file.log == ["ready 1"] && !file.isQuiet)
  }

  /// A wait ends at the earliest deadline, even if the timer was set for a later one; and the next is a whole one.
  @Test func timer() throws {
    let loop = try Loop()
    let late = Probe(deadline: loop.now + 1_000_000)
    loop.add(late)
    // a round that waits for it
    let pipe = try Pipe(loop)
    pipe.write()
    loop.turn()
    pipe.probe.events = 0
    for _ in 0..<3 {
      let soon = Probe(deadline: loop.now + 20)
      loop.add(soon)
      loop.turn()
      #expect(soon.log == ["expired"] && late.log == [])
    }
  }

  @Test func readiness() throws {
    var ends: [Int32] = [-1, -1]
    try #require(pipe(&ends) == 0)
    let loop = try Loop()
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
    let loop = try Loop()
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

  @Test func leavesAtTheEndOfTheRound() throws {
    let loop = try Loop()
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

  @Test func addedInARound() throws {
    let loop = try Loop()
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
  @Test func addedWhileLeaving() throws {
    let loop = try Loop()
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

  @Test func runsUntilIdle() throws {
    let loop = try Loop()
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
