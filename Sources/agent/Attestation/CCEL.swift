/// The event log of the firmware: the TCG's crypto-agile format (PC Client Platform Firmware Profile, §10) in the area that the ACPI
/// table CCEL names. The host chose its size and can write to it, so nothing in it is trusted.
enum CCEL {
  private static let sha384: UInt16 = 0x000c
  private static let noAction: UInt32 = 3
  private static let platformConfigFlags: UInt32 = 10
  private static let acpiNames: [StaticString] = ["acpi-loader", "acpi-rsdp", "acpi-tables"]

  private typealias Algorithm = (identifier: UInt16, digestSize: UInt16)

  /// The events that extended RTMR 0 to 3, in order, with their SHA-384 digests. Payloads are left out, but for the three
  /// measurements of ACPI tables, which get names. Throws if the log is malformed.
  static func parse(_ area: [UInt8]) throws(AgentError) -> [LogEvent] {
    if area.count > Limits.ccel { throw .failed("the firmware's event log is too large") }
    var reader = LittleEndianReader(area)
    guard let algorithms = header(&reader) else { throw .failed("the firmware's event log has no valid header") }
    var events: [LogEvent] = []
    var acpi = 0
    while !isEnd(reader) {
      guard let event = event(&reader, algorithms) else { throw .failed("the firmware's event log is malformed") }
      if event.type == noAction || event.index == 0 { continue }
      guard event.index <= 4 else { throw .failed("the firmware's event log names a register that TDX does not have") }
      guard event.digest.count == RTMR.size else { throw .failed("the firmware's event log lacks a SHA-384 digest") }
      var name: [UInt8] = []
      if event.index == 1, event.type == platformConfigFlags, event.payload.matches("ACPI DATA"), acpi < acpiNames.count {
        name = bytes(acpiNames[acpi])
        acpi += 1
      }
      events.append(
        LogEvent(
          register: event.index - 1, type: event.type, digest: Array(event.digest), name: name,
          payload: name.isEmpty ? [] : Array(event.payload)))
    }
    return events
  }

  /// The first event: in the format of TPM 1.2, with the digest sizes of all that follow (TCG_EfiSpecIDEvent).
  private static func header(_ reader: inout LittleEndianReader) -> [Algorithm]? {
    guard reader.uint32() != nil, reader.uint32() == noAction, reader.take(20) != nil,
      let size = reader.uint32(), let body = reader.take(size)
    else { return nil }
    var inside = LittleEndianReader(Array(body))
    guard let signature = inside.take(16), signature.matches("Spec ID Event03\0"), inside.take(8) != nil,
      let count = inside.uint32(), count <= UInt32(Limits.ccelAlgorithms)
    else { return nil }
    var algorithms: [Algorithm] = []
    for _ in 0..<count {
      guard let identifier = inside.uint16(), let digestSize = inside.uint16() else { return nil }
      if identifier == sha384, digestSize != UInt16(RTMR.size) { return nil }
      algorithms.append((identifier, digestSize))
    }
    guard let vendor = inside.uint8(), inside.take(Int(vendor)) != nil else { return nil }
    return algorithms
  }

  /// TCG_PCR_EVENT2. `digest` is empty if none is a SHA-384.
  private static func event(
    _ reader: inout LittleEndianReader, _ algorithms: [Algorithm]
  ) -> (index: UInt32, type: UInt32, digest: ArraySlice<UInt8>, payload: ArraySlice<UInt8>)? {
    guard let index = reader.uint32(), let type = reader.uint32(), let count = reader.uint32(), count <= algorithms.count
    else { return nil }
    var digest: ArraySlice<UInt8> = []
    for _ in 0..<count {
      guard let identifier = reader.uint16(), let algorithm = algorithms.first(where: { $0.identifier == identifier }),
        let value = reader.take(Int(algorithm.digestSize))
      else { return nil }
      if identifier == sha384 { digest = value }
    }
    guard let size = reader.uint32(), let payload = reader.take(size) else { return nil }
    return (index, type, digest, payload)
  }

  /// The rest of the area is 0xFF or zeros: seen by a register index of 0xFFFFFFFF, or by a head of zeros (an event has a digest).
  private static func isEnd(_ reader: LittleEndianReader) -> Bool {
    var ahead = reader
    let head = ahead.take(min(12, reader.remaining)) ?? []
    return head.prefix(4).allSatisfy { $0 == 0xff } || head.allSatisfy { $0 == 0 }
  }
}
