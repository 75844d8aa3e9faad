import Foundation
import Testing

@testable import agent

/// A ring, from process 1's side and from the reader's.
struct Ring {
  let ring: OutputRing
  let own: OutputArea
  /// The area in the read-only file.
  let area: OutputArea
  let file: OpenFile

  init(_ texts: [String] = ["app", "/bin/app", "x"]) throws {
    let (writable, readOnly) = try OutputArea.make(1)
    own = OutputArea(writable, 0)
    file = readOnly
    ring = OutputRing(own, texts.map { utf8($0) })
    area = OutputArea(readOnly, 0)
  }

  func write(_ text: String, _ channel: UInt8 = 1, at seconds: UInt64 = 1_700_000_000) {
    ring.append(utf8(text), channel, at: seconds * 1_000_000_000)
  }

  /// The data of all blocks.
  var blocks: [String] {
    var cursor = OutputCursor(area, from: area.record()?.start ?? 0)
    var texts: [String] = []
    while let block = cursor.next(upTo: area.record()?.end ?? 0) { texts.append(String(decoding: block.data, as: UTF8.self)) }
    return texts
  }
}

struct OutputTests {
  private static let size: UInt64 = 256 * 1024
  /// The data of a block of 1024 bytes; 256 such blocks fill a ring.
  private static func filling(_ number: Int) -> String { String(number).padding(toLength: 1013, withPad: ".", startingAt: 0) }

  @Test func records() throws {
    var record = ProgramRecord()
    (record.number, record.start, record.end, record.memory) = (7, 1, 1 + Self.size, UInt64.max)
    (record.began, record.changed, record.restarts, record.status, record.state) = (2, 3, 4, 255, .restarting)
    let data = record.encoded
    #expect(data.count == ProgramRecord.size && ProgramRecord(data[...]) == record)
    for index in data.indices {
      var other = data
      other[index] ^= 1
      #expect(ProgramRecord(other[...]) == nil)
      #expect(ProgramRecord(data[..<index]) == nil)
    }
    // more than a ring can hold
    record.start -= 1
    #expect(ProgramRecord(record.encoded[...]) == nil)
    (record.start, record.end) = (2, 1)
    #expect(ProgramRecord(record.encoded[...]) == nil)
  }

  @Test func whatIsTold() throws {
    let ring = try Ring()
    #expect(ring.area.description(3) == [utf8("app"), utf8("/bin/app"), utf8("x")])
    #expect(ring.area.record()?.state == .created)
    ring.ring.tell { $0.state = .running }
    ring.ring.tell { $0.restarts = 9 }
    #expect(ring.area.record()?.state == .running && ring.area.record()?.restarts == 9)
    // a record that is half written leaves the other one valid
    var torn = ProgramRecord()
    torn.number = 5
    ring.own.write(torn)
    #expect(ring.area.record()?.number == 5)
  }

  @Test func capacity() throws {
    let ring = try Ring()
    for number in 0..<256 { ring.write(Self.filling(number)) }
    let full = try #require(ring.area.record())
    #expect(full.start == 0 && full.end == Self.size)
    #expect(ring.blocks == (0..<256).map { Self.filling($0) })
    // one more byte displaces the oldest block, and no other
    ring.write("x")
    #expect(ring.area.record()?.start == 1024)
    #expect(ring.blocks == (1..<256).map { Self.filling($0) } + ["x"])
  }

  /// Blocks of all sizes, so that the ring wraps anywhere in a block, even in its head.
  @Test func wraps() throws {
    let ring = try Ring()
    var written: [String] = []
    for number in 0..<3000 {
      let text = String(number) + String(repeating: "-", count: number % 1013)
      written.append(text)
      ring.write(text)
      if number % 97 == 0 { #expect(ring.blocks == written.suffix(ring.blocks.count)) }
    }
    let record = try #require(ring.area.record())
    #expect(record.end - record.start > Self.size - 1035 && record.end - record.start <= Self.size)
    #expect(ring.blocks == written.suffix(ring.blocks.count))
  }

  @Test(arguments: [1, 1023, 1024, 1025, 4096]) func blocks(_ count: Int) throws {
    let ring = try Ring()
    ring.write(String(repeating: "x", count: count))
    #expect(
      ring.blocks.map { $0.count } == Array(repeating: 1024, count: count / 1024) + (count % 1024 > 0 ? [count % 1024] : []))
  }

  @Test func overtaken() throws {
    let ring = try Ring()
    for number in 0..<256 { ring.write(Self.filling(number)) }
    var cursor = OutputCursor(ring.area, from: ring.area.record()?.start ?? 0)
    let end = try #require(ring.area.record()).end
    let (first, isLost) = (cursor.next(upTo: end), cursor.takeLoss())
    #expect(first?.data == utf8(Self.filling(0))[...] && !isLost)
    for number in 256..<400 { ring.write(Self.filling(number)) }
    // blocks that were copied before are good; after them comes the oldest block left
    var texts: [ArraySlice<UInt8>] = []
    while let block = cursor.next(upTo: end) { texts.append(block.data) }
    #expect(texts.map { Array($0) } == (Array(1..<16) + Array(144..<256)).map { utf8(Self.filling($0)) })
    let losses = [cursor.takeLoss(), cursor.takeLoss()]
    #expect(losses == [true, false])
    // everything up to the wanted end is gone
    var late = OutputCursor(ring.area, from: ring.area.record()?.start ?? 0)
    for number in 400..<800 { ring.write(Self.filling(number)) }
    let block = late.next(upTo: end)
    #expect(block == nil)
  }

  /// Bad sizes, unknown channels, and records that lie.
  @Test(
    arguments: [
      [0, 0, 1], [0xff, 0xff, 1], [1, 4, 1], [0, 4, 1], [1, 0, 9], [1, 0], [1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0],
    ] as [[UInt8]])
  func hostile(_ head: [UInt8]) throws {
    let ring = try Ring()
    ring.own.write(head, at: 0)
    ring.ring.tell { $0.end = UInt64(head.count) }
    #expect(ring.blocks == [])
    ring.ring.tell { ($0.start, $0.end) = (UInt64.max - 3, UInt64.max) }
    #expect(ring.blocks == [])
  }

  @Test func readersOnlyRead() throws {
    let ring = try Ring()
    #expect(pwrite(ring.file.number, [1], 1, 0) == -1 && errno == EBADF)
    #expect(ftruncate(ring.file.number, 0) == -1)
    #expect(mmap(nil, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, ring.file.number, 0) == MAP_FAILED)
  }

  @Test(arguments: [0, 1]) func limitOfPrograms(_ above: Int) throws {
    #expect(OutputArea.count(in: try OutputArea.make(128 + above).readOnly) == 128)
  }

  /// Reads what is in a pipe that stays open, and does not wait for more.
  @Test func pipes() throws {
    let (ring, pipe) = (try Ring(), try RelayPipe())
    let source = OutputPipe(pipe, ring.ring, 2, isShown: false)
    #expect(IO.writeAll(pipe.input.number, [UInt8](repeating: 0x78, count: 5000)))
    source.ready(Poll.readable)
    #expect(ring.blocks.joined().count == 4096)
    source.drain()
    #expect(ring.blocks.joined().count == 5000)
    source.ready(Poll.readable)
    #expect(ring.blocks.joined().count == 5000)
  }
}

struct CalendarDateTests {
  @Test(
    arguments: [
      (0, "1970-01-01T00:00:00.000000000Z"), (1_771_234_567_000_000_089, "2026-02-16T09:36:07.000000089Z"),
      (4_107_542_399_999_999_999, "2100-02-28T23:59:59.999999999Z"), (UInt64.max, "2554-07-21T23:34:33.709551615Z"),
    ] as [(UInt64, String)])
  func texts(_ time: UInt64, _ text: String) { #expect(CalendarDate.text(time) == utf8(text)) }
}
