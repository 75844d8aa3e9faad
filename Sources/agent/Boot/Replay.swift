/// The command `replay`: computes RTMR3 from an event log.
struct Replay {
  private var count = 0
  private var register = RTMR.zero

  /// As `report(_:)`, of a file; error texts name it.
  @inline(never)
  static func report(file: [UInt8]) throws(AgentError) -> [UInt8] {
    try AgentError.during(file, try report(try Files.read(file, limit: Limits.replayFile)))
  }

  /// One line of JSON, `{"events":number,"rtmr3":hex}`. `text` is a runtime event log, or the array `event_log` of GetQuote and Info.
  /// Throws `.invalid` for anything else, and for a digest that does not match its event.
  static func report(_ text: [UInt8]) throws(AgentError) -> [UInt8] {
    var replay = Replay()
    var reader = JSONReader(text)
    if reader.peek() == UInt8(ascii: "[") { try replay.array(text) } else { try replay.lines(text) }
    let out = JSONWriter.document { json in
      json.number("events", UInt64(replay.count))
      json.hex("rtmr3", replay.register)
    }
    out.append("\n")
    return out.storage
  }

  private mutating func extend(_ digest: [UInt8]) {
    count += 1
    register = RTMR.extend(register, with: digest)
  }

  private mutating func lines(_ text: [UInt8]) throws(AgentError) {
    var history = RuntimeEventHistory()
    history.append(text + "\n")
    guard history.damagedLines == 0 else { throw .invalid("the log has malformed lines") }
    (count, register) = (history.events.count, history.events.register)
  }

  private mutating func array(_ text: [UInt8]) throws(AgentError) {
    var reader = JSONReader(text)
    var elements = try reader.enterArray()
    while try reader.nextElement(&elements) { try event(JSONObject(&reader)) }
    try reader.end()
  }

  /// Extends the register by an event; events of other registers are skipped.
  private mutating func event(_ object: JSONObject) throws(AgentError) {
    let register = object.number("imr")
    let type = object.number("event_type")
    let given = object.hex("digest")
    let name = object.text("event") ?? []
    let payload = object.hex("event_payload") ?? []
    let version = RuntimeEvent.Version(rawValue: object.number("version") ?? 1)
    if version == nil { object.fail("version", "is neither 1 nor 2") }
    try object.finish()
    guard let register, let type, let given, let version else { throw .invalid("an event has no imr, event_type or digest") }
    if register != UInt64(RuntimeEvent.register) { return }
    if type != UInt64(RuntimeEvent.type) {
      guard given.count == RTMR.size else { throw .invalid("a digest is not 48 bytes") }
      return extend(given)
    }
    let digest = RuntimeEvent(name: name, payload: payload, version: version).digest
    // logs in certificates omit the digest
    guard given.isEmpty || given == digest else { throw .invalid("a digest does not match its event") }
    extend(digest)
  }
}
