// Events of the log on their way to the front, one after another.

extension EventStore {
  /// Appends events of this range while `out` is shorter than `Limits.logPiece`: at least one if `out` was empty.
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
