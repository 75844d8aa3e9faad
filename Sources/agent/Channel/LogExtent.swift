/// How much of the event log something tells of, or somebody knows.
struct LogExtent: Equatable {
  /// Bytes of it in a message.
  static let size = 12

  /// Another one for a log that has begun anew; 0 for none.
  var number: UInt32 = 0
  /// Events of the firmware.
  var boot = 0
  /// Runtime events.
  var runtime = 0

  var encoded: [UInt8] {
    LittleEndian.encode(number) + LittleEndian.encode(UInt32(boot)) + LittleEndian.encode(UInt32(runtime))
  }
}

extension LogExtent {
  /// What `encoded` makes, which comes first; none if it is not there.
  init(_ data: [UInt8]) {
    var reader = LittleEndianReader(data)
    if let number = reader.uint32(), let boot = reader.uint32(), let runtime = reader.uint32() {
      self.init(number: number, boot: Int(boot), runtime: Int(runtime))
    } else {
      self.init()
    }
  }
}

/// The log as far as the front was told of it, which has it in pieces: nothing here takes longer the longer the log is.
final class ToldLog {
  private var log: EventLog?
  private var number: UInt32 = 0

  /// From now on the front may have that.
  func tell(_ log: EventLog) -> LogExtent {
    if let told = self.log, told.runtime === log.runtime {
      if log.count > told.count { self.log = log }
    } else {
      (self.log, number) = (log, number &+ 1)
    }
    return LogExtent(number: number, boot: log.boot.count, runtime: log.count)
  }

  /// Some of what follows; nothing if the front has it all, or if it knows another log.
  func piece(behind known: LogExtent) throws(AgentError) -> [UInt8] {
    let out = ByteBuffer()
    guard let log, known.number == number, known.boot <= log.boot.count, known.runtime <= log.count else { return [] }
    try log.boot.append(known.boot..<log.boot.count, to: out)
    try log.runtime.append(known.runtime..<log.count, to: out)
    return out.take()
  }
}

extension EventStore {
  /// Some of those events, one at least, unless a piece is there already.
  func append(_ range: Range<Int>, to out: ByteBuffer) throws(AgentError) {
    var events = cursor(behind: range.lowerBound)
    for _ in range {
      if out.count >= Limits.logPiece { return }
      let event = events.next()
      try Memory.require(Limits.lineCopies * event.payloadSize)
      out.append(UInt8(truncatingIfNeeded: event.version?.rawValue ?? 0))
      out.append(UInt8(truncatingIfNeeded: event.register))
      out.appendLittle(UInt64(event.type), 4)
      out.append(parts: [event.digest, event.name])
      out.appendLittle(UInt64(event.payloadSize), 4)
      var filled = 0
      while filled < event.payloadSize {
        let part = part(at: events.payload + filled, event.payloadSize - filled)
        out.append(part)
        filled += part.count
      }
    }
  }
}

extension LogEvent {
  /// The next event of a piece; nil if there is none.
  init?(_ reader: inout LittleEndianReader) {
    guard let version = reader.uint8(), let register = reader.uint8(), let type = reader.uint32(), let parts = reader.parts(3),
      parts[0].count == RTMR.size, version <= 2
    else { return nil }
    self.init(
      register: UInt32(register), type: type, digest: parts[0], name: parts[1], payload: parts[2],
      version: RuntimeEvent.Version(rawValue: UInt64(version)))
  }
}
