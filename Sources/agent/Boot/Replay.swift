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
      let offset = reader.position
      try reader.skip()
      if let digest = try event(text, at: offset) { digests.append(digest) }
    }
    try reader.end()
    return digests
  }

  /// Nil for an event of another register.
  private static func event(_ text: [UInt8], at offset: Int) throws(AgentError) -> [UInt8]? {
    let object = JSONObject(
      text, at: offset, known: ["imr", "event_type", "digest", "event", "event_payload", "version"])
    let register = object.number("imr")
    let type = object.number("event_type")
    let given = object.hex("digest")
    let name = object.text("event") ?? []
    let payload = object.hex("event_payload") ?? []
    let version = RuntimeEvent.Version(number: object.number("version") ?? 1)
    if version == nil { object.fail("version", "is neither 1 nor 2") }
    try object.finish()
    guard let register, let type, let given, let version else { throw .invalid("an event has no imr, event_type or digest") }
    if register != UInt64(RuntimeEvent.register) { return nil }
    if type != UInt64(RuntimeEvent.type) {
      guard given.count == RTMR.size else { throw .invalid("a digest is not 48 bytes") }
      return given
    }
    let event = RuntimeEvent(name: name, payload: payload, version: version)
    // logs in certificates leave it out
    guard given.isEmpty || given == event.digest else { throw .invalid("a digest is not that of its event") }
    return event.digest
  }
}
