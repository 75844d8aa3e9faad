/// The firmware's event log: the TCG's crypto-agile format (PC Client Platform Firmware Profile, §10) in the area that the ACPI table CCEL
/// names. The host chose the area's size and can write to it, so nothing in it is trusted. It is parsed in pieces, because the area may be
/// far larger than the log in it.
struct CCEL {
  private static let sha384: UInt16 = 0x000c
  private static let noAction: UInt32 = 3
  private static let platformConfigFlags: UInt32 = 10
  private static let acpiNames: [StaticString] = ["acpi-loader", "acpi-rsdp", "acpi-tables"]
  /// Bytes of an event's head, which are enough to see the end of the log.
  private static let headSize = 12

  /// As the header has it: an identifier in the lower half, the size of its digests in the upper.
  private typealias Algorithm = UInt32
  private typealias Event = (index: UInt32, type: UInt32, digest: ArraySlice<UInt8>, payload: ArraySlice<UInt8>)

  /// The events that extended RTMR 0 to 3, in order, with their SHA-384 digests. Payloads are dropped, except for the three measurements of
  /// ACPI tables, which get names. Events of RTMR3, which is not the firmware's, are kept where the log has them; callers look for them
  /// with `hasForeign` and report that the log does not explain the register.
  private(set) var events: [LogEvent] = []
  /// Whether the log has ended: what follows is ignored.
  private(set) var isComplete = false

  /// What the header declares; nil before the header is read.
  private var algorithms: [Algorithm]?
  /// Bytes not parsed yet: an incomplete event.
  private var rest: [UInt8] = []
  /// Bytes parsed so far.
  private var position = 0
  /// Events after the header, including those that are dropped.
  private var count = 0
  /// Measurements of ACPI tables.
  private var acpi = 0

  /// The events of a complete area.
  static func parse(_ area: [UInt8]) throws(AgentError) -> [LogEvent] {
    var log = CCEL()
    try log.take(area)
    return try log.finish()
  }

  /// Whether a log has events of RTMR3. They would be replayed before the runtime events, though no firmware extends that register.
  static func hasForeign(_ events: [LogEvent]) -> Bool { events.contains { $0.register == RuntimeEvent.register } }

  /// For a log with such events.
  static var foreign: AgentError { .failed("the firmware's event log has events of RTMR3, which is not the firmware's") }

  /// For an area or a log above the limits.
  static var tooLarge: AgentError { .failed("the firmware's event log is too large") }

  /// Takes the next piece. Throws if the log is malformed or above its limits.
  mutating func take(_ piece: [UInt8]) throws(AgentError) {
    if isComplete { return }
    rest += piece
    try read(isLast: false)
    // do not wait for an event that extends past the limit
    if position + rest.count > Limits.ccel + Self.headSize { throw Self.tooLarge }
  }

  /// The events, once the area has ended. Throws if it ended inside an event.
  mutating func finish() throws(AgentError) -> [LogEvent] {
    if !isComplete { try read(isLast: true) }
    return events
  }

  private mutating func read(isLast: Bool) throws(AgentError) {
    let size = try readWhole(isLast: isLast)
    position += size
    if isComplete { rest = [] } else { rest.removeFirst(size) }
  }

  /// Parses what is complete; returns how many bytes that is.
  private mutating func readWhole(isLast: Bool) throws(AgentError) -> Int {
    var reader = LittleEndianReader(rest)
    var size = 0
    while try readNext(&reader, isLast: isLast) {
      size = reader.position
      if position + size > Limits.ccel { throw Self.tooLarge }
    }
    return size
  }

  /// Parses the header or an event; false at the end, and if more bytes are needed.
  private mutating func readNext(_ reader: inout LittleEndianReader, isLast: Bool) throws(AgentError) -> Bool {
    guard let algorithms else {
      algorithms = Self.header(&reader)
      if algorithms == nil, isLast || !reader.isShort { throw .failed("the firmware's event log has no valid header") }
      return algorithms != nil
    }
    if isLast || reader.remaining >= Self.headSize { isComplete = Self.isEnd(reader) }
    if isComplete { return false }
    guard let event = Self.event(&reader, algorithms) else {
      if isLast || !reader.isShort { throw .failed("the firmware's event log is malformed") }
      return false
    }
    count += 1
    if count > Limits.ccelEvents { throw .failed("the firmware's event log has too many events") }
    try keep(event)
    return true
  }

  private mutating func keep(_ event: Event) throws(AgentError) {
    if event.type == Self.noAction || event.index == 0 { return }
    guard event.index <= 4 else { throw .failed("the firmware's event log names a register that TDX does not have") }
    guard event.digest.count == RTMR.size else { throw .failed("the firmware's event log lacks a SHA-384 digest") }
    var name: [UInt8] = []
    if event.index == 1, event.type == Self.platformConfigFlags, event.payload.matches("ACPI DATA"), acpi < Self.acpiNames.count
    {
      name = bytes(Self.acpiNames[acpi])
      acpi += 1
    }
    events.append(
      LogEvent(
        register: event.index - 1, type: event.type, digest: Array(event.digest), name: name,
        payload: name.isEmpty ? [] : Array(event.payload)))
  }

  /// The first event, in the format of TPM 1.2: the digest sizes of all later ones (TCG_EfiSpecIDEvent).
  private static func header(_ reader: inout LittleEndianReader) -> [Algorithm]? {
    guard reader.uint32() != nil, reader.uint32() == noAction, reader.take(20) != nil,
      let size = reader.uint32(), let body = reader.take(size)
    else { return nil }
    var inside = LittleEndianReader(Array(body))
    guard let signature = inside.take(15), signature.matches("Spec ID Event03"), inside.uint8() == 0, inside.take(8) != nil,
      let count = inside.uint32(), count <= UInt32(Limits.ccelAlgorithms)
    else { return nil }
    var algorithms: [Algorithm] = []
    for _ in 0..<count {
      guard let algorithm = inside.uint32() else { return nil }
      if identifier(algorithm) == sha384, algorithm >> 16 != RTMR.size { return nil }
      algorithms.append(algorithm)
    }
    guard let vendor = inside.uint8(), inside.take(Int(vendor)) != nil else { return nil }
    return algorithms
  }

  private static func identifier(_ algorithm: Algorithm) -> UInt16 { UInt16(truncatingIfNeeded: algorithm) }

  /// TCG_PCR_EVENT2. `digest` is empty if there is no SHA-384 digest.
  private static func event(_ reader: inout LittleEndianReader, _ algorithms: [Algorithm]) -> Event? {
    guard let index = reader.uint32(), let type = reader.uint32(), let count = reader.uint32(), count <= algorithms.count
    else { return nil }
    var digest: ArraySlice<UInt8> = []
    for _ in 0..<count {
      guard let named = reader.uint16(), let algorithm = algorithms.first(where: { identifier($0) == named }),
        let value = reader.take(Int(algorithm >> 16))
      else { return nil }
      if named == sha384 { digest = value }
    }
    guard let size = reader.uint32(), let payload = reader.take(size) else { return nil }
    return (index, type, digest, payload)
  }

  /// The rest of the area is 0xFF or zeros: recognised by a register index of 0xFFFFFFFF, or by a head of zeros (an event has a digest).
  private static func isEnd(_ reader: LittleEndianReader) -> Bool {
    var ahead = reader
    let head = ahead.take(min(headSize, reader.remaining)) ?? []
    return head.prefix(4).allSatisfy { $0 == 0xff } || head.allSatisfy { $0 == 0 }
  }
}
