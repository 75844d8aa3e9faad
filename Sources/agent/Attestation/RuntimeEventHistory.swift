/// The runtime events, as far as the log has been read. The log only grows, so each refresh reads only what is new.
struct RuntimeEventHistory {
  /// Whether events after `system-ready` are ignored: if applications may not emit events, nobody vouches for later ones.
  private(set) var endsAtReady = false
  private var isClosed = false
  private(set) var events = EventStore()
  /// What the startup's events say.
  private(set) var identity = AppIdentity()
  /// Lines that are not events, such as one that a crash cut off.
  private(set) var damagedLines = 0
  /// Bytes of the log read so far, up to a line's end.
  private(set) var position = 0

  /// Empty, before the log is read.
  @inline(never)
  init(endsAtReady: Bool = false) { self.endsAtReady = endsAtReady }

  /// Takes what follows `position`. An incomplete last line is left for later.
  @inline(never)
  mutating func append(_ text: [UInt8]) {
    var rest = text[...]
    while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
      let line = Array(rest[..<end])
      rest = rest[(end + 1)...]
      position += line.count + 1
      if line.isEmpty || isClosed { continue }
      guard let event = Self.parse(line) else {
        damagedLines += 1
        continue
      }
      append(event)
      isClosed = endsAtReady && identity.isReady
    }
  }

  /// Adds an event.
  @inline(never)
  mutating func append(_ event: RuntimeEvent) {
    events.append(LogEvent(event))
    identity.take(event)
  }

  /// The most bytes that an event's line can take: each quote, backslash or non-ASCII byte of the name may become six.
  static func lineSize(name: [UInt8], payload: [UInt8]) -> Int {
    let escaped = name.count { $0 >= 0x80 || $0 == 0x22 || $0 == 0x5c }
    return name.count + 5 * escaped + (payload.count + 2) / 3 * 4 + 40
  }

  /// A line of the log, with its LF; the inverse of `parse`.
  static func line(_ event: RuntimeEvent) -> [UInt8] {
    let out = JSONWriter.document { json in
      json.string("event", event.name)
      json.string("payload", Base64.encode(event.payload))
      if event.version == .two { json.number("version", event.version.rawValue) }
    }
    out.append(UInt8(ascii: "\n"))
    return out.take()
  }

  private static func parse(_ line: [UInt8]) -> RuntimeEvent? {
    let object = JSONObject(line)
    let version = RuntimeEvent.Version(rawValue: object.number("version") ?? 1)
    guard let name = object.text("event"), let payload = object.text("payload").flatMap(Base64.decode), let version,
      (try? object.finish()) != nil
    else { return nil }
    return RuntimeEvent(name: name, payload: payload, version: version)
  }
}
