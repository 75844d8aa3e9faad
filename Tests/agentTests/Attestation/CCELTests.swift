import Testing

@testable import agent

@Suite struct CCELTests {
  @Test(arguments: [Vectors.ccelOnes, Vectors.ccelZeros, Vectors.ccelExact])
  func events(log: String) throws {
    let events = try CCEL.parse(Vectors.data(log))
    #expect(events.count == Vectors.boot.count)
    for (event, expected) in zip(events, Vectors.boot) {
      #expect(event.register == expected.register)
      #expect(event.type == expected.type)
      #expect(event.digest == Vectors.data(expected.digest))
      #expect(event.name == Vectors.data(expected.name))
      #expect(event.payload == Vectors.data(expected.payload))
      #expect(event.version == nil)
    }
    for register in 0..<4 {
      #expect(RTMR.replay(events, register: UInt32(register)) == Vectors.data(Vectors.bootRegisters[register]))
    }
  }

  /// Cut anywhere, the log is refused, or gives the events up to there if an event ended there.
  @Test func truncated() throws {
    let log = Vectors.data(Vectors.ccelExact)
    let whole = try CCEL.parse(log)
    var accepted = 0
    for length in 0..<log.count {
      guard let events = try? CCEL.parse(Array(log[..<length])) else { continue }
      accepted += 1
      #expect(length >= Vectors.ccelHeaderSize && events.count < whole.count)
      #expect(zip(events, whole).allSatisfy { $0.digest == $1.digest })
    }
    // the end of the header and of 11 events, and the four zeros that begin the first event, which could be the rest of the area
    #expect(accepted == 1 + 11 + 4)
  }

  /// Any byte may have any of some awkward values: the parser answers or refuses, and does not trap.
  @Test func damaged() {
    let log = Vectors.data(Vectors.ccelExact)
    var refused = 0
    for position in log.indices {
      for value: UInt8 in [0x00, 0x7f, 0xff] {
        var copy = log
        copy[position] = value
        if (try? CCEL.parse(copy)) == nil { refused += 1 }
      }
    }
    #expect(refused > 100)
  }

  private static let header = Array(Vectors.data(Vectors.ccelExact)[..<Vectors.ccelHeaderSize])
  private static let ones: [UInt8] = [0xff, 0xff, 0xff, 0xff]
  private static let sha384 = [UInt8]([0x0c, 0]) + [UInt8](repeating: 1, count: 48)
  private static let sha256 = [UInt8]([0x0b, 0]) + [UInt8](repeating: 1, count: 32)

  private static func event(_ index: UInt8, _ count: [UInt8], _ digests: [UInt8], _ size: [UInt8]) -> [UInt8] {
    [index, 0, 0, 0, 4, 0, 0, 0] + count + digests + size
  }

  @Test(arguments: [
    event(1, ones, sha384, [0, 0, 0, 0]),  // more digests than algorithms
    event(1, [3, 0, 0, 0], sha384 + sha256 + sha256, [0, 0, 0, 0]),
    event(1, [1, 0, 0, 0], [0xff, 0xff], [0, 0, 0, 0]),  // an algorithm that the header lacks
    event(1, [1, 0, 0, 0], sha384, ones),  // a payload of 4 GiB
    event(1, [1, 0, 0, 0], sha384, [0, 0, 0, 0x80]),
    event(1, [1, 0, 0, 0], sha384, [1, 0, 0, 0]),
    event(1, [1, 0, 0, 0], sha256, [0, 0, 0, 0]),  // no SHA-384
    event(1, [0, 0, 0, 0], [], [0, 0, 0, 0]),
    event(5, [1, 0, 0, 0], sha384, [0, 0, 0, 0]),  // TDX has no such register
    [1, 0, 0],
  ])
  func hostileEvent(event: [UInt8]) {
    #expect((try? CCEL.parse(Self.header)) != nil)
    #expect(failureText { _ = try CCEL.parse(Self.header + event) } != nil)
  }

  @Test func goodEvents() throws {
    let event = Self.event(4, [2, 0, 0, 0], Self.sha256 + Self.sha384, [0, 0, 0, 0])
    let events = try CCEL.parse(Self.header + event + event)
    #expect(events.map(\.register) == [3, 3])
    #expect(events.map(\.digest) == [[UInt8]](repeating: [UInt8](repeating: 1, count: 48), count: 2))
  }

  @Test func hostileHeader() {
    // the count of algorithms comes after 32 bytes of event head, 16 of signature and 8 of versions; the vendor's size after two
    let count = 32 + 16 + 8
    let values: [(Int, UInt8)] = [
      (0, 9), (4, 4), (28, 0xff), (31, 0xff), (32, 0x73), (count, 17), (count + 3, 0xff), (count + 12, 0xff),
    ]
    for (position, value) in values {
      var log = Self.header
      log[position] = value
      // the register index of the header is ignored
      #expect((failureText { _ = try CCEL.parse(log) } == nil) == (position == 0), "\(position)")
    }
    var wrongSize = Self.header
    wrongSize[count + 4 + 4 + 2] = 32
    #expect(failureText { _ = try CCEL.parse(wrongSize) } != nil)
  }

  private static let limit = 1024 * 1024
  private static let tooLarge = "the firmware's event log is too large"

  /// The header and one event after it, `size` bytes together.
  private static func log(size: Int) -> [UInt8] {
    let head = header + event(1, [1, 0, 0, 0], sha384, [])
    let payload = size - head.count - 4
    return head + LittleEndian.encode(UInt32(payload)) + [UInt8](repeating: 0x61, count: payload)
  }

  /// The events of an area that arrives in pieces, and how much of it was taken.
  private static func parse(_ area: [UInt8], by size: Int) throws -> (events: [LogEvent], taken: Int) {
    var log = CCEL()
    var taken = 0
    while !log.isComplete, taken < area.count {
      let piece = Array(area[taken..<min(taken + size, area.count)])
      taken += piece.count
      try log.take(piece)
    }
    return (try log.finish(), taken)
  }

  /// Either mark may end the log: four bytes of ones or twelve zeros, possibly cut off by the end of the area, or that end
  /// itself.
  @Test(arguments: [0, 1, -1]) func size(excess: Int) throws {
    let log = Self.log(size: Self.limit + excess)
    let ends = [[], Self.ones, [0, 0], [UInt8](repeating: 0, count: 5000), [UInt8](repeating: 0xff, count: 100_000)]
    for end in ends {
      for piece in [4096, 65536, log.count + end.count] {
        var count: Int?
        let text = failureText { count = try Self.parse(log + end, by: piece).events.count }
        #expect(text == (excess > 0 ? Self.tooLarge : nil), "\(end.count) \(piece)")
        #expect(count == (excess > 0 ? nil : 1))
      }
    }
    // another event begins at the limit
    #expect(failureText { _ = try CCEL.parse(log + Self.event(1, [1, 0, 0, 0], Self.sha384, [0, 0, 0, 0])) } == Self.tooLarge)
  }

  @Test func emptyLogs() throws {
    #expect(failureText { _ = try CCEL.parse([]) } == "the firmware's event log has no valid header")
    #expect(try CCEL.parse(Self.header).isEmpty)
    let rest = [UInt8](repeating: 0xff, count: 16 * Self.limit - Self.header.count)
    let (events, taken) = try Self.parse(Self.header + rest, by: 4096)
    #expect(events.isEmpty && taken == 4096)
  }

  @Test func numberOfEvents() throws {
    let event = Self.event(1, [1, 0, 0, 0], Self.sha384, [0, 0, 0, 0])
    let skipped = Self.event(0, [1, 0, 0, 0], Self.sha384, [0, 0, 0, 0])
    let most = Self.header + (0..<4095).flatMap { _ in event } + skipped
    #expect(try CCEL.parse(most + [0xff, 0xff, 0xff, 0xff]).count == 4095)
    for one in [event, skipped] {
      #expect(failureText { _ = try Self.parse(most + one, by: 4096) } == "the firmware's event log has too many events")
    }
  }

  @Test func pieces() throws {
    for log in [Vectors.ccelOnes, Vectors.ccelZeros, Vectors.ccelExact].map(Vectors.data) {
      for size in [1, 2, 11, 12, 13, 47, 1000] {
        let events = try Self.parse(log, by: size).events
        #expect(events.map(\.digest) == Vectors.boot.map { Vectors.data($0.digest) })
        #expect(events.map(\.payload) == Vectors.boot.map { Vectors.data($0.payload) })
      }
    }
  }

  /// An error is reported as soon as it has arrived; a log without end is not read forever.
  @Test func earlyRefusal() {
    let rest = [UInt8](repeating: 0x61, count: 16 * Self.limit)
    for (start, reason, most) in [
      (Self.header + Self.event(1, Self.ones, Self.sha384, []), "the firmware's event log is malformed", 4096),
      (Self.header + Self.event(1, [1, 0, 0, 0], Self.sha384, Self.ones), Self.tooLarge, Self.limit + 4096),
      (Array(Self.header[..<28]) + Self.ones, Self.tooLarge, Self.limit + 4096),
      ([], "the firmware's event log has no valid header", 4096),
    ] {
      let area = start + rest
      var log = CCEL()
      var taken = 0
      let text = failureText {
        while !log.isComplete, taken < area.count {
          taken += 4096
          try log.take(Array(area[(taken - 4096)..<taken]))
        }
      }
      #expect(text == reason)
      #expect(taken <= most)
    }
  }

  @Test(.enabled(if: Vectors.shared("data/ccel.bin") != nil)) func real() throws {
    let events = try CCEL.parse(try #require(Vectors.shared("data/ccel.bin")))
    #expect(events.map(\.register).filter { $0 == 0 }.count == 13)
    #expect(
      events.filter { !$0.name.isEmpty }.map { String(decoding: $0.name, as: UTF8.self) }
        == ["acpi-loader", "acpi-rsdp", "acpi-tables"])
    #expect(events.allSatisfy { $0.digest.count == 48 && $0.payload.isEmpty == $0.name.isEmpty })
  }
}
