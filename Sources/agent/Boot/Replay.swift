/// The command `replay`: the RTMR3 that an event log leads to.
enum Replay {
  static func report(file: [UInt8]) throws(AgentError) -> [UInt8] {
    do throws(AgentError) {
      return try report(try Files.read(file, limit: Limits.replayFile))
    } catch {
      throw AgentError(error.kind, file + bytes(": ") + error.text)
    }
  }

  /// One line of JSON, `{"events":number,"rtmr3":hex}`. `text` is a runtime event log, or the array `event_log` of GetQuote and Info.
  /// Throws `.invalid` for what is neither, and for a digest that is not that of its event.
  static func report(_ text: [UInt8]) throws(AgentError) -> [UInt8] {
    let digests = text.first { $0 > 0x20 } == UInt8(ascii: "[") ? try array(text) : try lines(text)
    let out = ByteBuffer()
    var json = JSONWriter(out)
    json.object { json in
      json.name("events")
      json.number(digests.count)
      json.name("rtmr3")
      json.hex(digests.reduce(RTMR.zero) { RTMR.extend($0, with: $1) })
    }
    out.append(UInt8(ascii: "\n"))
    return out.storage
  }

  private static func lines(_ text: [UInt8]) throws(AgentError) -> [[UInt8]] {
    var history = RuntimeEventHistory()
    history.append(text + bytes("\n"))
    guard history.damagedLines == 0 else { throw .invalid("the log has lines that are no events") }
    return history.events.map { $0.digest }
  }

  /// The digests of the events of RTMR3.
  private static func array(_ text: [UInt8]) throws(AgentError) -> [[UInt8]] {
    var digests: [[UInt8]] = []
    var reader = JSONReader(text)
    var elements = try reader.enterArray()
    while try reader.nextElement(&elements) {
      if let digest = try event(&reader) { digests.append(digest) }
    }
    try reader.end()
    return digests
  }

  /// Nil for an event of another register.
  private static func event(_ reader: inout JSONReader<[UInt8]>) throws(AgentError) -> [UInt8]? {
    var register = JSONMember<UInt64>("imr")
    var type = JSONMember<UInt64>("event_type")
    var digest = JSONMember<[UInt8]>("digest")
    var name = JSONMember<[UInt8]>("event")
    var payload = JSONMember<[UInt8]>("event_payload")
    var version = JSONMember<UInt64>("version")
    var members = try reader.enterObject()
    while let member = try reader.nextMember(&members) {
      if try register.take(member, &reader, JSONValue.number) { continue }
      if try type.take(member, &reader, JSONValue.number) { continue }
      if try digest.take(member, &reader, JSONValue.hex) { continue }
      if try name.take(member, &reader, JSONValue.text) { continue }
      if try payload.take(member, &reader, JSONValue.hex) { continue }
      if try version.take(member, &reader, JSONValue.number) { continue }
      try reader.skip()
    }
    guard try register.required() == UInt64(RuntimeEvent.register) else { return nil }
    let given = try digest.required()
    guard try type.required() == UInt64(RuntimeEvent.type) else {
      guard given.count == RTMR.size else { throw .invalid("a digest is not 48 bytes") }
      return given
    }
    guard let format = UInt8(exactly: version.value ?? 1).flatMap({ RuntimeEvent.Version(rawValue: $0) }) else {
      throw .invalid("version: is neither 1 nor 2")
    }
    let event = RuntimeEvent(name: try name.required(), payload: try payload.required(), version: format)
    // logs in certificates leave it out
    guard given.isEmpty || given == event.digest else { throw .invalid("a digest is not that of its event") }
    return event.digest
  }
}
