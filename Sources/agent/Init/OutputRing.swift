/// Process 1's end of a program's `OutputArea`: records the program's state and the last `Limits.programOutput` bytes of its output.
final class OutputRing {
  private let area: OutputArea
  private var record = ProgramRecord()

  /// `texts` describe the program and never change (`OutputArea.describe`).
  init(_ area: OutputArea, _ texts: [[UInt8]]) {
    self.area = area
    area.describe(texts)
    tell { _ in }
  }

  /// Changes the record and publishes it.
  func tell(_ change: (inout ProgramRecord) -> Void) {
    change(&record)
    record.number += 1
    area.write(record)
  }

  /// Appends at most `Limits.outputRead` bytes read from a channel (1 for stdout, 2 for stderr), as blocks of the ring. `time` is
  /// in nanoseconds since 1970.
  func append(_ data: [UInt8], _ channel: UInt8, at time: UInt64) {
    let out = ByteBuffer()
    var rest = data[...]
    while !rest.isEmpty {
      let part = rest.prefix(Limits.outputBlock)
      out.appendLittle(UInt64(part.count), 2)
      out.append(channel)
      out.appendLittle(time, 8)
      out.append(part)
      rest = rest.dropFirst(part.count)
    }
    let blocks = out.take()
    let end = record.end + UInt64(blocks.count)
    let start = firstLeft(end)
    if start != record.start { tell { $0.start = start } }
    area.write(blocks, at: record.end)
    tell { $0.end = end }
  }

  /// The start of the oldest block that still fits once the ring ends at `end`.
  private func firstLeft(_ end: UInt64) -> UInt64 {
    var start = record.start
    while end - start > UInt64(Limits.programOutput) {
      let size = area.read(2, at: start)
      start += UInt64(OutputArea.blockHead + (size.count == 2 ? LittleEndian.decode(size, 0, 2) : 0))
    }
    return start
  }
}

/// The pipe from a program's stdout or stderr to its ring. It stays open across restarts of the program.
final class OutputPipe: EventSource {
  /// The end that the program writes to.
  let input: OpenFile
  private let ring: OutputRing
  private let channel: UInt8
  private let isShown: Bool

  /// `isShown`: whether the output also goes to the console.
  init(_ pipe: RelayPipe, _ ring: OutputRing, _ channel: UInt8, isShown: Bool) {
    input = pipe.input
    (self.ring, self.channel, self.isShown) = (ring, channel, isShown)
    super.init(pipe.output.take())
    events = Poll.readable
  }

  /// Reads once per turn of the loop: a program that floods its output blocks on its own pipe and delays nobody else.
  override func ready(_ happened: Int16) { _ = move() }

  /// Reads what is left in the pipe after the program has ended: at most `Limits.outputReads` times, which covers a full pipe.
  func drain() {
    for _ in 0..<Limits.outputReads where !move() { break }
  }

  /// False if there was nothing to read.
  private func move() -> Bool {
    var data: [UInt8] = []
    guard case .bytes = IO.read(descriptor, appendingTo: &data, limit: Limits.outputRead) else { return false }
    ring.append(data, channel, at: Clock.unixNanoseconds())
    if isShown { Log.relay(data) }
    return true
  }
}
