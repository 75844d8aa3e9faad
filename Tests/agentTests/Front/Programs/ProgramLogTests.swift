import Testing

@testable import agent

/// By the loop's clock: the tests wait for nothing.
struct ProgramLogTests {
  private final class Fixture {
    /// Something that can change.
    private final class Box<Value> {
      var value: Value
      init(_ value: Value) { self.value = value }
    }

    let stream: BodyStream
    let loop: Loop
    let log: ProgramLog
    private let (time, ends): (Box<Int64>, Box<Int>)

    /// `step` is how many microseconds pass from one look at the clock to the next.
    init(
      _ ring: Ring, _ selection: LogSelection = LogSelection(),
      _ form: Logs.Form = Logs.Form(isText: true, isBare: true, keepsEscapes: true), step: Int64 = 0
    ) {
      let (time, ends) = (Box<Int64>(0), Box(0))
      (self.time, self.ends) = (time, ends)
      loop = try! Loop {
        time.value += step
        return time.value
      }
      stream = BodyStream(isEndless: selection.follows)
      log = ProgramLog(ring.area, loop, selection, LogWriter(stream, form)) { ends.value += 1 }
      log.begin()
    }

    deinit {
      loop.stop()
      loop.run(isIdle: { true })
    }

    /// How often `done` was called.
    var done: Int { ends.value }
    var text: String { String(decoding: stream.pending.storage, as: UTF8.self) }

    func pass(_ milliseconds: Int64) {
      time.value += 1000 * milliseconds
      loop.turn(until: 0)
    }
  }

  private static func selection(_ change: (inout LogSelection) -> Void) -> LogSelection {
    var selection = LogSelection()
    change(&selection)
    return selection
  }

  @Test(
    arguments: [(nil, "a\nb\nc\nd"), (4, "a\nb\nc\nd"), (5, "a\nb\nc\nd"), (2, "c\nd"), (1, "d"), (0, "")]
      as [(UInt64?, String)])
  func tail(_ tail: UInt64?, _ text: String) throws {
    let ring = try Ring()
    ring.write("a\nb")
    ring.write("\nc\nd")
    let fixture = Fixture(ring, Self.selection { $0.tail = tail })
    #expect(fixture.text == text && fixture.stream.isEnded && !fixture.stream.isBroken && fixture.done == 1)
  }

  @Test func tailUnlessItIsGiven() throws {
    let ring = try Ring()
    for number in 1...1001 { ring.write("\(number)\n") }
    let text = Fixture(ring).text
    #expect(text.hasPrefix("2\n3\n") && text.hasSuffix("\n1001\n"))
  }

  @Test func times() throws {
    let ring = try Ring()
    for time in 10...14 as ClosedRange<UInt64> { ring.write("\(time)\n", at: time) }
    #expect(Fixture(ring, Self.selection { $0.since = 12 }).text == "12\n13\n14\n")
    #expect(Fixture(ring, Self.selection { $0.until = 12 }).text == "10\n11\n")
    #expect(Fixture(ring, Self.selection { ($0.since, $0.until) = (11, 13) }).text == "11\n12\n")
    // the last lines, as engines count them
    #expect(Fixture(ring, Self.selection { ($0.tail, $0.until) = (3, 13) }).text == "12\n")
  }

  /// A line has the time of its beginning, and a single frame, however many pieces it arrives in.
  @Test func linesInPieces() throws {
    let ring = try Ring()
    ring.write("on", at: 1)
    ring.write("e\ntw", at: 2)
    ring.write("err\n", 2, at: 3)
    ring.write("o\nthr", at: 4)
    let stamp = { (second: Int) in "1970-01-01T00:00:0\(second).000000000Z " }
    #expect(
      Fixture(ring, Self.selection { $0.hasTimestamps = true }).text
        == "\(stamp(1))one\n\(stamp(2))tw\(stamp(3))err\no\n\(stamp(4))thr")
    let frames = Fixture(ring, LogSelection(), Logs.Form(isText: true)).text
    #expect(
      frames == """
        {"channel":"stdout","message":"one\\n"}
        {"channel":"stdout","message":"tw"}
        {"channel":"stderr","message":"err\\n"}
        {"channel":"stdout","message":"o\\n"}
        {"channel":"stdout","message":"thr"}

        """)
    // a line that is not wanted stays unwanted to its end
    #expect(Fixture(ring, Self.selection { $0.since = 3 }).text == "err\nthr")
  }

  @Test func follows() throws {
    let ring = try Ring()
    ring.write("one\ntwo\n")
    let fixture = Fixture(ring, Self.selection { ($0.follows, $0.tail) = (true, 1) })
    #expect(fixture.text == "two\n" && !fixture.stream.isEnded)
    ring.write("thr")
    fixture.pass(249)
    #expect(fixture.text == "two\n")
    fixture.pass(1)
    #expect(fixture.text == "two\nthr")
    ring.write("ee\n")
    fixture.pass(250)
    #expect(fixture.text == "two\nthree\n")
    // silence
    fixture.pass(599_999)
    #expect(!fixture.stream.isEnded)
    fixture.pass(250)
    #expect(fixture.stream.isEnded && !fixture.stream.isBroken && fixture.done == 1)
  }

  @Test func followsUntil() throws {
    let ring = try Ring()
    let fixture = Fixture(ring, Self.selection { ($0.follows, $0.until) = (true, 1) })
    fixture.pass(250)
    #expect(fixture.stream.isEnded && fixture.done == 1)
  }

  /// Never holds more than may be pending, however much is written; what is overwritten is left out.
  @Test func slowReader() throws {
    let ring = try Ring()
    let line = String(repeating: "x", count: 99) + "\n"
    for _ in 0..<2000 { ring.write(line) }
    let fixture = Fixture(ring, Self.selection { ($0.follows, $0.tail) = (true, nil) })
    #expect(fixture.stream.isFull && fixture.stream.pending.count < Limits.streamPending + 1024)
    for _ in 0..<4000 { ring.write(line) }
    ring.write("end\n")
    var read = ""
    while fixture.stream.pending.count > 0 { read += String(decoding: fixture.stream.take().storage, as: UTF8.self) }
    #expect(read.hasSuffix("x\nend\n") && read.split(separator: "\n").allSatisfy { $0.count == 99 || $0 == "end" })
    #expect(read.count > 200_000 && read.count < 400_000)
    fixture.stream.abandon()
    #expect(fixture.log.isFinished && fixture.done == 1)
  }

  /// A ring of empty lines: a block holds a thousand of them, and each takes time even if it is not wanted. Once the round's time is over,
  /// no further block is handled in it.
  @Test(arguments: [(1, nil, "last", 2), (nil, 2, "", 1)] as [(UInt64?, UInt64?, String, Int)])
  func takesTurns(_ tail: UInt64?, _ since: UInt64?, _ text: String, _ passes: Int) throws {
    let ring = try Ring()
    for _ in 0..<255 { ring.write(String(repeating: "\n", count: 1013), at: 1) }
    ring.write("last", at: 1)
    let fixture = Fixture(ring, Self.selection { ($0.tail, $0.since) = (tail, since) }, step: Limits.round)
    var turns = 0
    while !fixture.stream.isEnded, turns < 1000 {
      turns += 1
      fixture.loop.turn(until: 0)
    }
    #expect(fixture.text == text && fixture.done == 1)
    // one block in each, and the first in the call that began it
    #expect(turns >= passes * 256 - 1 && turns <= passes * 257)
  }

  /// The rest of a line whose beginning was overwritten does not count as a line.
  @Test func cutLines() throws {
    let ring = try Ring()
    for _ in 0..<300 { ring.write(String(repeating: "x", count: 1013)) }
    ring.write("\nend\n")
    #expect(Fixture(ring).text == "end\n" && Fixture(ring, Self.selection { $0.tail = 1 }).text == "end\n")
  }

  /// What is written after it began is only for those who follow.
  @Test func endsWhereItWas() throws {
    let ring = try Ring()
    let line = String(repeating: "x", count: 99) + "\n"
    for _ in 0..<1000 { ring.write(line) }
    let fixture = Fixture(ring)
    for _ in 0..<100 { ring.write("new\n") }
    var count = 0
    while fixture.stream.pending.count > 0 { count += fixture.stream.take().count }
    #expect(count == 100_000 && fixture.stream.isEnded)
  }

  @Test func theLoopsEnd() throws {
    let fixture = Fixture(try Ring(), Self.selection { $0.follows = true })
    fixture.loop.stop()
    fixture.loop.run(isIdle: { true })
    #expect(fixture.stream.isBroken && fixture.done == 1)
  }
}

struct ProgramsTests {
  private static func status(_ change: (inout ProgramRecord) -> Void) throws -> [String] {
    let ring = try Ring()
    ring.ring.tell(change)
    let container = try #require(Programs(ring.file).all.first).container(now: 1000)
    return [container.state, container.status].map { String(decoding: $0, as: UTF8.self) }
  }

  @Test func statuses() throws {
    #expect(try Self.status { _ in } == ["created", "Created"])
    #expect(try Self.status { ($0.state, $0.changed) = (.running, 999) } == ["running", "Up 1 second"])
    #expect(try Self.status { ($0.state, $0.changed) = (.running, 2000) } == ["running", "Up 0 seconds"])
    #expect(
      try Self.status { ($0.state, $0.changed, $0.restarts, $0.memory) = (.running, 880, 1, 1_572_864) }
        == ["running", "Up 2 minutes, 1 restart, 1.5 MiB"])
    #expect(
      try Self.status { ($0.state, $0.changed, $0.restarts, $0.status) = (.restarting, 998, 2, 3) }
        == ["restarting", "Restarting (3) 2 seconds ago, 2 restarts"])
    #expect(try Self.status { ($0.state, $0.changed) = (.exited, 881) } == ["exited", "Exited (0) 119 seconds ago"])
  }

  @Test func lists() throws {
    let ring = try Ring(["app", "/bin/\u{e9}", ""])
    let programs = Programs(ring.file)
    #expect(programs.find(utf8("app"))?.keepsOutput == false && programs.find(utf8("ap")) == nil && programs.find([]) == nil)
    let none: Result<ContainerList, AgentError> = .failure(.unavailable("x"))
    let alone = try programs.put(before: none).get().containers
    #expect(alone.map { $0.name } == [utf8("app")[...]] && alone[0].image == utf8("/bin/??"))
    #expect(refusal { _ = try programs.put(before: .failure(.failed("x"))).get() } == .failed)
    let engine = try ContainerList(utf8(#"[{"Id":"1"}]"#))
    #expect(try programs.put(before: .success(engine)).get().containers.map { $0.id } == [utf8("app"), utf8("1")])
    #expect(refusal { _ = try Programs(nil).put(before: none).get() } == .unavailable)
  }
}
