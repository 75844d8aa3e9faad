import Testing

@testable import agent

/// The event log on its way between the processes.
struct ToldLogTests {
  private static func runtime(_ count: Int, payload: Int = 0) -> EventStore {
    let payload = [UInt8](repeating: 7, count: payload)
    return RuntimeEventHistory((0..<count).map { RuntimeEvent(name: utf8("é\($0)"), payload: payload, version: .two) }).events
  }

  private static let digest = [UInt8](repeating: 7, count: RTMR.size)
  nonisolated(unsafe) private static let boot = EventStore(
    [
      LogEvent(register: 1, type: 0x8000_0001, digest: digest, payload: [1, 2]), LogEvent(register: 3, type: 2, digest: digest),
    ])

  /// What the other end has after the pieces, and how many there were.
  private static func fetch(_ told: ToldLog, _ extent: LogExtent) throws -> (log: EventLog, pieces: Int) {
    let (boot, runtime) = (EventStore(), EventStore())
    var pieces = 0
    while true {
      let piece = try told.piece(behind: LogExtent(number: extent.number, boot: boot.count, runtime: runtime.count))
      if piece.isEmpty { return (EventLog(boot: boot, runtime: runtime, count: extent.runtime), pieces) }
      pieces += 1
      var (reader, last) = (LittleEndianReader(piece), 0)
      while reader.remaining > 0 {
        // an event is begun while the piece is below its size
        #expect(reader.position < Limits.logPiece)
        last = reader.position
        let event = try #require(LogEvent(&reader))
        if event.version == nil { boot.append(event) } else { runtime.append(event) }
      }
      for count in (last + 1)..<piece.count {
        var short = LittleEndianReader(Array(piece[last..<count]))
        #expect(LogEvent(&short) == nil)
      }
    }
  }

  @Test(arguments: [(0, 0), (1, 0), (1000, 0), (3, Limits.eventPayload)]) func pieces(_ count: Int, _ payload: Int) throws {
    let log = EventLog(boot: Self.boot, runtime: Self.runtime(count, payload: payload))
    let told = ToldLog()
    let extent = told.tell(log)
    #expect(extent == LogExtent(number: 1, boot: 2, runtime: count) && LogExtent(extent.encoded + [9]) == extent)
    let (found, pieces) = try Self.fetch(told, extent)
    #expect(found.json.all() == log.json.all() && found.runtime.register == log.runtime.register)
    // each of these events takes some 70 bytes
    #expect(pieces == (payload > 0 ? 3 : count == 1000 ? 18 : 1))
  }

  @Test func nothingBeforeItIsTold() throws {
    let told = ToldLog()
    #expect(try told.piece(behind: LogExtent()).isEmpty)
    #expect(try told.piece(behind: LogExtent(number: 1, boot: 0, runtime: 0)).isEmpty)
  }

  /// The front gets the log up to the largest count that it was told, and nothing beyond.
  @Test func growth() throws {
    let (store, told) = (Self.runtime(9), ToldLog())
    for (count, most) in [(3, 3), (2, 3), (7, 7), (3, 7)] {
      let extent = told.tell(EventLog(boot: Self.boot, runtime: store, count: count))
      #expect(extent == LogExtent(number: 1, boot: 2, runtime: count))
      #expect(try Self.fetch(told, extent).log.runtime.count == most)
      #expect(try told.piece(behind: LogExtent(number: 1, boot: 2, runtime: most)).isEmpty)
    }
    // a front that claims to know more
    for known in [LogExtent(number: 1, boot: 3, runtime: 0), LogExtent(number: 1, boot: 0, runtime: 8)] {
      #expect(try told.piece(behind: known).isEmpty)
    }
  }

  /// A log that began anew is another log.
  @Test func anotherLog() throws {
    let told = ToldLog()
    let first = told.tell(EventLog(boot: Self.boot, runtime: Self.runtime(5)))
    let second = told.tell(EventLog(boot: Self.boot, runtime: Self.runtime(2)))
    #expect(second == LogExtent(number: 2, boot: 2, runtime: 2))
    #expect(try told.piece(behind: LogExtent(number: first.number)).isEmpty)
    #expect(try Self.fetch(told, second).log.count == 2)
  }

  @Test func noExtent() {
    let extent = LogExtent(number: 1, boot: 2, runtime: 3)
    for count in 0..<LogExtent.size { #expect(LogExtent(Array(extent.encoded[..<count])) == LogExtent()) }
  }
}
