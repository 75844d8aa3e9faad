/// Something that happened after the kernel started, measured into RTMR3.
struct RuntimeEvent {
  /// How the digest is formed; the same for a whole boot.
  enum Version: UInt64 { case one = 1, two }

  /// The type of all runtime events, a value that the TCG has not assigned.
  static let type: UInt32 = 0x0800_0001
  /// The register that they extend.
  static let register: UInt32 = 3

  /// Well-formed UTF-8.
  let name: [UInt8]
  let payload: [UInt8]
  let version: Version
  /// SHA-384 of the preimage, 48 bytes.
  let digest: [UInt8]

  /// Checks nothing: `checkApplication` has the bounds for applications.
  init(name: [UInt8], payload: [UInt8], version: Version) {
    self.name = name
    self.payload = payload
    self.version = version
    digest = Hash.sha384(Self.preimage(name, payload, version))
  }

  /// What the digest covers.
  var preimage: [UInt8] { Self.preimage(name, payload, version) }

  /// Refuses what an application may not emit: a name that is not 1 to 128 bytes of UTF-8, has control or invisible characters, or is
  /// reserved for the system; and a payload above 64 KiB.
  static func checkApplication(name: [UInt8], payload: [UInt8]) throws(AgentError) {
    if name.isEmpty { throw .invalid("the event name is empty") }
    if name.count > Limits.eventName { throw .invalid("the event name is longer than 128 bytes") }
    if !isPrintable(name) { throw .invalid("the event name is not printable text") }
    if SystemEvent.isReserved(name) { throw .invalid("the event name is reserved for the system") }
    if payload.count > Limits.eventPayload { throw .invalid("the event payload is longer than 64 KiB") }
  }

  private static func isPrintable(_ name: [UInt8]) -> Bool {
    guard UTF8Text.isValid(name) else { return false }
    var isPrintable = true
    var scalars = UTF8Scalars()
    for byte in name {
      scalars.take(byte) { if CodePoints.isHidden($0) { isPrintable = false } }
    }
    return isPrintable
  }

  private static func preimage(_ name: [UInt8], _ payload: [UInt8], _ version: Version) -> [UInt8] {
    switch version {
    case .one:
      return LittleEndian.encode(type) + ":" + name + ":" + payload
    case .two:
      let (front, back) = canonical(name)
      return front + Hex.encode(payload) + back
    }
  }

  /// What comes before and after the payload's hex in a preimage of version 2: JSON as in RFC 8785.
  static func canonical(_ name: [UInt8]) -> (front: [UInt8], back: [UInt8]) {
    var json = bytes("{\"name\":\"")
    for byte in name { appendCanonical(byte, to: &json) }
    return (json + "\",\"payload\":\"", bytes("\",\"type\":") + decimal(type) + "}")
  }

  /// The inside of a JSON string as in RFC 8785, §3.2.2.2: everything above U+001F except quote and backslash stays UTF-8.
  private static func appendCanonical(_ byte: UInt8, to json: inout [UInt8]) {
    switch byte {
    case 0x22, 0x5c: json += [0x5c, byte]
    case 0x08: json += "\\b"
    case 0x09: json += "\\t"
    case 0x0a: json += "\\n"
    case 0x0c: json += "\\f"
    case 0x0d: json += "\\r"
    case 0..<0x20: json += bytes("\\u00") + Hex.encode([byte])
    default: json.append(byte)
    }
  }
}
