import Testing

@testable import agent

/// Events encoded in one piece, as before they were read in parts: what the readers must return.
private enum Whole {
  static func json(_ event: LogEvent, _ json: JSONWriter) {
    json.object { json in
      json.name("imr").number(event.register)
      json.name("event_type").number(event.type)
      json.name("digest").hex(event.digest)
      json.name("event").string(event.name)
      json.name("event_payload").hex(event.payload)
      guard event.version == .two else { return }
      json.name("version").number(2)
      json.name("preimage").hex(preimage(event))
    }
  }

  static func preimage(_ event: LogEvent) -> [UInt8] {
    RuntimeEvent(name: event.name, payload: event.payload, version: .two).preimage
  }

  static func digest(_ event: LogEvent, stripped: Bool) -> [UInt8] { stripped && event.version == .one ? [] : event.digest }

  static func array(_ events: [LogEvent]) -> [UInt8] {
    let writer = JSONWriter()
    writer.array { for event in events { json(event, $0) } }
    return writer.out.take()
  }

  static func versionZero(_ attestation: VersionedAttestation, _ events: [LogEvent], stripped: Bool) -> [UInt8] {
    let scale = SCALEWriter(ByteBuffer())
    scale.byte(0)
    scale.byte(0)
    scale.data(attestation.quote)
    let kept = events.filter { !stripped || $0.isInCertificates }
    scale.compact(UInt64(kept.count))
    for event in kept {
      scale.uint32(event.register)
      scale.uint32(event.type)
      scale.data(digest(event, stripped: stripped))
      scale.data(event.name)
      scale.data(event.payload)
    }
    let runtime = events.filter { $0.version != nil }
    scale.compact(UInt64(runtime.count))
    for event in runtime {
      scale.data(event.name)
      scale.data(event.payload)
    }
    scale.out.append(attestation.reportData)
    scale.data(attestation.config)
    return scale.out.take()
  }

  static func versionOne(_ attestation: VersionedAttestation, _ events: [LogEvent], stripped: Bool) -> [UInt8] {
    let pack = MessagePackWriter(ByteBuffer())
    func integers(_ data: [UInt8]) {
      pack.array(data.count)
      for byte in data { pack.unsigned(UInt64(byte)) }
    }
    pack.map(3).text("version").unsigned(1).text("platform").map(2).text("kind").text("tdx").text("data").map(2).text("quote")
    integers(attestation.quote)
    let kept = events.filter { !stripped || $0.isInCertificates }
    pack.text("event_log").array(kept.count)
    for event in kept {
      pack.map(event.version == .two ? 7 : 5).text("imr").unsigned(UInt64(event.register))
      pack.text("event_type").unsigned(UInt64(event.type)).text("digest").binary(digest(event, stripped: stripped))
      pack.text("event").text(event.name).text("event_payload").binary(event.payload)
      if event.version == .two { pack.text("version").unsigned(2).text("preimage").text(Hex.encode(preimage(event))) }
    }
    pack.text("stack").map(2).text("kind").text("dstack").text("data").map(3).text("report_data")
    integers(attestation.reportData)
    let runtime = events.filter { $0.version != nil }
    pack.text("runtime_events").array(runtime.count)
    for event in runtime {
      pack.map(event.version == .two ? 3 : 2).text("event").text(event.name).text("payload").binary(event.payload)
      if event.version == .two { pack.text("version").unsigned(2) }
    }
    pack.text("config").text(attestation.config)
    return pack.out.take()
  }
}

/// A generator that gives the same numbers in every run.
private struct Sequence: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return state >> 32 | state << 32
  }
}

struct EventStoreTests {
  /// Reads everything in parts, and checks each.
  private static func read(_ body: BodyReader) -> [UInt8] {
    var out: [UInt8] = []
    let length = body.remaining
    while body.remaining > 0 {
      let part = ByteBuffer()
      body.read(into: part)
      #expect(part.count > 0 && part.count <= Limits.bodyPart)
      out += part.storage
      #expect(body.remaining == length - out.count)
      if part.count == 0 { break }
    }
    #expect(out.count == length)
    return out
  }

  /// Another reader gives the same, however far the first has read.
  private static func same(_ body: BodyReader, _ expected: [UInt8]) -> Bool {
    let begun = body.copy()
    if begun.remaining > 0 { begun.read(into: ByteBuffer()) }
    return read(begun.copy()) == expected && read(body) == expected
  }

  private static let names: [String] = [
    "a", "", "grün \"\\", "测试🦀", "\u{1}\n\t<&>'", String(repeating: "x", count: 128), "system-ready", "app-id",
    String(repeating: "long", count: 4_500),
  ]

  private static func events(_ count: Int, seed: UInt64, twos: Bool) -> [RuntimeEvent] {
    var random = Sequence(state: seed)
    return (0..<count).map { index in
      let short = EventText.shortPayload
      let large =
        index % 20 == 7
        ? [64 * 1024, short, 64_000, short + 1, 63_999, short - 1, 8 * 1024][index / 20 % 7]
        : Int.random(in: 0..<40, using: &random)
      let payload = (0..<large).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ index) }
      let version: RuntimeEvent.Version = twos && Bool.random(using: &random) ? .two : .one
      return RuntimeEvent(
        name: Array(names[Int.random(in: 0..<names.count, using: &random)].utf8), payload: payload, version: version)
    }
  }

  private static let boot: [LogEvent] = [
    LogEvent(register: 0, type: 1, digest: [UInt8](repeating: 1, count: 48)),
    LogEvent(
      register: 0, type: 10, digest: [UInt8](repeating: 2, count: 48), name: bytes("acpi-loader"), payload: bytes("ACPI DATA")),
    LogEvent(register: 3, type: 7, digest: [UInt8](repeating: 3, count: 48)),
  ]

  private static func attestation(_ log: EventLog) -> VersionedAttestation {
    VersionedAttestation(
      quote: [UInt8](repeating: 0xa5, count: 700), log: log, reportData: [UInt8](repeating: 200, count: 64), config: bytes("{}")
    )
  }

  @Test(arguments: [(0, false), (1, false), (2, true), (150, false), (150, true)]) func everyPrefix(_ count: Int, _ twos: Bool)
    throws
  {
    for boot in [[], Self.boot] {
      let events = Self.events(count, seed: UInt64(count), twos: twos)
      let history = RuntimeEventHistory(events)
      let store = EventStore(boot)
      for prefix in stride(from: 0, to: count, by: count > 2 ? 33 : 1).map({ $0 }) + [count] {
        let all = boot + events[..<prefix].map { LogEvent($0) }
        let log = EventLog(boot: store, runtime: history.events, count: prefix)
        #expect(Self.same(log.json, Whole.array(all)))
        let attestation = Self.attestation(log)
        for stripped in [false, true] {
          let one = Whole.versionOne(attestation, all, stripped: stripped)
          #expect(Self.same(try attestation.encoded(stripped: stripped, for: .v1), one))
          let hasTwo = all.contains { $0.version == .two }
          let zero = hasTwo ? one : Whole.versionZero(attestation, all, stripped: stripped)
          #expect(Self.same(try attestation.encoded(stripped: stripped, for: .v0), zero))
        }
      }
    }
  }

  /// The log as part of other texts.
  @Test func inside() throws {
    let events = Self.events(100, seed: 5, twos: true)
    let log = EventLog(boot: EventStore(Self.boot), runtime: RuntimeEventHistory(events).events, count: 99)
    let array = log.json.all()
    let json = JSONWriter()
    json.string(array)
    #expect(Self.same(EscapedBody(log.json, .json), Array(json.out.storage.dropFirst().dropLast())))
    let html = ByteBuffer()
    html.fill("~", [array])
    #expect(Self.same(EscapedBody(log.json, .html), html.storage))
    #expect(Self.same(EscapedBody(log.json, .hex), Hex.encode(array)))
    #expect(Self.same(PEM.body("CERTIFICATE", log.json), PEM.encode("CERTIFICATE", array)))
    let pem = JSONWriter()
    pem.string(PEM.encode("CERTIFICATE", array))
    let inside = EscapedBody(PEM.body("CERTIFICATE", log.json), .json)
    #expect(Self.same(inside, Array(pem.out.storage.dropFirst().dropLast())))
    #expect(Hash.sha256(log.json) == Hash.sha256(array))
  }

  /// A log that ends before its store does.
  private static func log(_ count: Int) -> EventLog {
    EventLog(
      boot: EventStore(boot), runtime: RuntimeEventHistory(events(count + count / 2, seed: 6, twos: true)).events, count: count)
  }

  /// Its events in a form, within and beside other text.
  private static func text(_ log: EventLog, _ form: EventForm) -> JoinedBody {
    let inner = ByteBuffer(holding: [1, 2])
    log.write(form, to: inner)
    inner.append(3)
    let out = ByteBuffer()
    out.insert(PEM.body("A", JoinedBody(inner)))
    out.append("between")
    out.insert(PEM.body("B", JoinedBody([4])))
    return JoinedBody(out)
  }

  /// A text made again from its recipe, by a reader with the log, and by one with another.
  @Test(arguments: EventForm.allCases) func recipes(_ form: EventForm) throws {
    let log = Self.log(200)
    let text = Self.text(log, form)
    let recipe = log.recipe
    text.describe(to: recipe)
    let made = try #require(EventLog.text(of: recipe.out.storage, log))
    #expect(Self.same(made, text.copy().all()) && recipe.needed == 200 && recipe.out.count < 200)
    #expect(made.measured().json == text.measured().json)
    #expect(EventLog.text(of: recipe.out.storage, nil) == nil)
    #expect(EventLog.text(of: recipe.out.storage, EventLog(boot: log.boot, runtime: EventStore())) == nil)
    let other = EventLog(boot: EventStore(), runtime: EventStore()).recipe
    text.describe(to: other)
    #expect(other.needed == nil)
    #expect(EventLog.text(of: other.out.storage, nil)?.all() == text.copy().all())
  }

  /// With few events: a debug build takes a while to measure many.
  @Test(arguments: EventForm.allCases) func recipesCutOff(_ form: EventForm) {
    let log = Self.log(10)
    let text = Self.text(log, form)
    let recipe = log.recipe
    text.describe(to: recipe)
    for count in 0..<recipe.out.count {
      // a recipe that is cut between two steps may be one of a shorter text
      let cut = EventLog.text(of: Array(recipe.out.storage[..<count]), log)
      #expect(cut.map { $0.remaining < text.remaining } ?? true)
    }
  }

  /// No unknown step, no lines within lines, and none without a beginning or an end.
  @Test(arguments: [
    "0400000000", "02000000000200000000", "0300000000", "0200000000", "00", "0001000000", "010600000000000000000000",
    "01070000000009000000000000",
  ])
  func noRecipe(_ digits: String) {
    #expect(EventLog.text(of: octets(digits), EventLog(boot: EventStore(Self.boot), runtime: EventStore())) == nil)
  }

  /// The text of app-compose at each depth: Info has it in a JSON string within a JSON string, the dashboard in HTML.
  @Test(arguments: [0, 1, 100, 20_000]) func compose(_ count: Int) throws {
    let value = String(repeating: "grün \\\"🦀\\u0001<&>' \\\\ ", count: count)
    let app = try AppDescription(Array("{\"name\":\"a\",\n\t\"x\":\"\(value)\"}\n".utf8))
    func string(_ text: [UInt8]) -> [UInt8] {
      let json = JSONWriter()
      json.string(text)
      return Array(json.out.storage.dropFirst().dropLast())
    }
    let once = string(app.compose.bytes)
    #expect(Self.same(app.compose.text.copy(), app.compose.bytes))
    #expect(Self.same(EscapedBody(app.compose.text.copy(), .json), once))
    #expect(Self.same(app.compose.escaped.copy(), once))
    #expect(Self.same(EscapedBody(app.compose.escaped.copy(), .json), string(once)))
    let html = ByteBuffer()
    html.fill("~", [once])
    #expect(Self.same(EscapedBody(app.compose.escaped.copy(), .html), html.storage))
    let around = ByteBuffer(holding: bytes("<\""))
    around.insert(app.compose.escaped)
    around.append("\">")
    let inside = JoinedBody(around)
    #expect(Self.same(EscapedBody(inside.copy(), .json), string(bytes("<\"") + once + bytes("\">"))))
  }

  /// For every character, the size is that of what it becomes.
  @Test func everyCharacter() {
    for first in stride(from: UInt32(0), to: 0x11_0000, by: 0x400) where !(0xd800..<0xe000).contains(first) {
      var text: [UInt8] = []
      for scalar in first..<(first + 0x400) { UTF8Text.append(scalar, to: &text) }
      let json = JSONWriter()
      json.string(text)
      let html = ByteBuffer()
      html.fill("~", [text])
      var meter = TextMeter()
      meter.add(text[...])
      meter.finish()
      #expect(meter.size.json == json.out.count - 2 && meter.size.html == html.count && meter.size.plain == text.count)
    }
  }

  /// Text that is cut within a character, or is not UTF-8 at all, has the size of its repaired form.
  @Test(arguments: ["c3", "e6b5", "f09f a680 f09fa6", "ff", "22 5c 0a 7f 00", "eda080"]) func malformed(_ hex: String) {
    let text = octets(hex)
    let json = JSONWriter()
    json.string(text)
    #expect(Self.same(EscapedBody(body(text), .json), Array(json.out.storage.dropFirst().dropLast())))
  }

  /// What was kept stays the same, whatever is appended after it.
  @Test func prefixStays() {
    var history = RuntimeEventHistory(Self.events(200, seed: 1, twos: true))
    let log = EventLog(boot: EventStore(), runtime: history.events)
    let expected = log.json.all()
    let begun = log.json
    let part = ByteBuffer()
    begun.read(into: part)
    for event in Self.events(300, seed: 2, twos: true) { history.append(event) }
    #expect(part.storage + begun.all() == expected && log.json.all() == expected)
    #expect(EventLog(boot: EventStore(), runtime: history.events).json.remaining > expected.count)
  }

  /// Each value that RTMR3 has had is found, and no other.
  @Test func leadingTo() {
    let events = Self.events(300, seed: 3, twos: true)
    let store = RuntimeEventHistory(events).events
    var value = RTMR.zero
    #expect(store.count(leadingTo: value) == 0)
    for (index, event) in events.enumerated() {
      value = RTMR.extend(value, with: event.digest)
      #expect(store.count(leadingTo: value) == index + 1)
    }
    #expect(store.register == value)
    #expect(store.count(leadingTo: Hash.sha384([])) == nil)
    #expect(EventStore().count(leadingTo: value) == nil)
  }

  /// When a value is not found, what follows it is searched for in newer events only (whole strides of 128 are passed over).
  @Test func leadingToWithGaps() {
    let events = Self.events(258, seed: 3, twos: true)
    var history = RuntimeEventHistory(Array(events[..<256]))
    var values = [RTMR.zero]
    for event in events { values.append(RTMR.extend(values[values.count - 1], with: event.digest)) }
    #expect(history.events.count(leadingTo: values[256]) == 256 && history.events.count(leadingTo: values[0]) == 0)
    #expect(history.events.count(leadingTo: values[257]) == nil)
    #expect(history.events.count(leadingTo: values[1]) == nil && history.events.count(leadingTo: values[256]) == nil)
    // its line comes late
    history.append(events[256])
    #expect(history.events.count(leadingTo: values[257]) == 257)
    #expect(history.events.count(leadingTo: values[258]) == nil)
    history.append(events[257])
    #expect(history.events.count(leadingTo: values[257]) == 257 && history.events.count(leadingTo: values[258]) == 258)
  }

  /// The events come back unchanged.
  @Test func same() {
    let events = Self.events(130, seed: 4, twos: true)
    let list = RuntimeEventHistory(events).events.list
    #expect(list.map(\.name) == events.map(\.name) && list.map(\.payload) == events.map(\.payload))
    #expect(list.map(\.digest) == events.map(\.digest) && list.map(\.version) == events.map(\.version))
    let boot = EventStore(Self.boot).list
    #expect(boot.map(\.register) == [0, 0, 3] && boot.map(\.type) == [1, 10, 7] && boot.allSatisfy { $0.version == nil })
    var cursor = EventStore.Cursor(EventStore(Self.boot))
    _ = cursor.next()
    let cut = cursor.next(payload: 4)
    #expect(cut.payload == bytes("ACPI") && cut.payloadSize == 9)
  }

  /// The first of each of the startup's events counts, until `system-ready`.
  @Test func identity() {
    func event(_ event: SystemEvent, _ payload: [UInt8]) -> RuntimeEvent {
      RuntimeEvent(name: bytes(event.name), payload: payload, version: .one)
    }
    let events = [
      event(.appID, []), event(.appID, [1]), event(.composeHash, [2]), event(.initScriptHash, [3]), event(.initScriptHash, [4]),
      event(.keyProvider, [5]), event(.systemReady, []), event(.instanceID, [6]), event(.composeHash, [7]),
    ]
    let identity = RuntimeEventHistory(events).identity
    #expect(identity.appID == [] && identity.composeHash == [2] && identity.instanceID == [] && identity.keyProvider == [5])
    #expect(identity.initScriptHashes == [[3], [4]] && identity.isReady)
    #expect(!RuntimeEventHistory(Array(events.prefix(6))).identity.isReady)
  }
}
