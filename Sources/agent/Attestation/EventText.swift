/// One event after another in a form, with holes for a payload that is long or not at hand.
final class EventText {
  /// The most bytes of a payload that is written in its place.
  static let shortPayload = 64

  let out = ByteBuffer()
  /// Where the payload goes, and how many times it is hex-encoded there.
  private(set) var holes: [(at: Int, level: Int)] = []
  private var short: [UInt8]?

  /// Writes the event instead of the last one.
  func write(_ event: LogEvent, _ form: EventForm) {
    out.clear()
    holes.removeAll(keepingCapacity: true)
    short = event.payloadSize <= Self.shortPayload && event.payload.count == event.payloadSize ? event.payload : nil
    // certificate verifiers compute a digest of version 1 themselves, and compare one of version 2 with the preimage
    let digest = form.isStripped && event.version == .one ? [] : event.digest
    switch form {
    case .json: json(event)
    case .scale, .strippedScale:
      let scale = SCALEWriter(out)
      scale.uint32(event.register)
      scale.uint32(event.type)
      scale.data(digest)
      runtimeScale(event)
    case .runtimeScale: runtimeScale(event)
    case .pack, .strippedPack: pack(event, digest)
    case .runtimePack:
      let pack = MessagePackWriter(out)
      pack.map(event.version == .one ? 2 : 3)
      pack.text("event").text(event.name)
      pack.text("payload").binary(count: event.payloadSize)
      hole(0)
      version(event, pack)
    }
  }

  /// Bytes of the text with a payload of that size.
  func size(_ payload: Int) -> Int { holes.reduce(out.count) { $0 + payload << $1.level } }

  @inline(never)
  private func hole(_ level: Int) {
    if let short { out.append(short[...], hexed: level) } else { holes.append((out.count, level)) }
  }

  @inline(never)
  private func runtimeScale(_ event: LogEvent) {
    let scale = SCALEWriter(out)
    scale.data(event.name)
    scale.compact(UInt64(event.payloadSize))
    hole(0)
  }

  private func json(_ event: LogEvent) {
    out.append(",")
    let json = JSONWriter(out)
    json.beginObject()
    json.number("imr", UInt64(event.register))
    json.number("event_type", UInt64(event.type))
    json.hex("digest", event.digest)
    json.string("event", event.name)
    json.name("event_payload").string { _ in hole(1) }
    if event.version == .two {
      json.number("version", RuntimeEvent.Version.two.rawValue)
      json.name("preimage").string { _ in preimage(event) }
    }
    json.endObject()
  }

  private func pack(_ event: LogEvent, _ digest: [UInt8]) {
    let pack = MessagePackWriter(out)
    pack.map(event.version == .two ? 7 : 5)
    pack.text("imr").unsigned(UInt64(event.register))
    pack.text("event_type").unsigned(UInt64(event.type))
    pack.text("digest").binary(digest)
    pack.text("event").text(event.name)
    pack.text("event_payload").binary(count: event.payloadSize)
    hole(0)
    if event.version != .two { return }
    version(event, pack)
    let (front, back) = RuntimeEvent.canonical(event.name)
    pack.text("preimage").text(count: 2 * (front.count + 2 * event.payloadSize + back.count))
    preimage(event)
  }

  private func version(_ event: LogEvent, _ pack: MessagePackWriter) {
    if event.version == .two { pack.text("version").unsigned(RuntimeEvent.Version.two.rawValue) }
  }

  /// The preimage of version 2, in hex.
  private func preimage(_ event: LogEvent) {
    let (front, back) = RuntimeEvent.canonical(event.name)
    out.appendHex(front)
    hole(2)
    out.appendHex(back)
  }
}

extension ByteBuffer {
  /// Appends data as it is, in hex, or in hex of its hex.
  func append(_ data: ArraySlice<UInt8>, hexed level: Int) {
    switch level {
    case 0: append(data)
    case 1: appendHex(Array(data))
    default: appendHex(Hex.encode(data))
    }
  }
}
