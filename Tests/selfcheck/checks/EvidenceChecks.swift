enum EvidenceChecks {
  static func outputs(_ operation: CheckOperation, _ inputs: CheckInputs) throws(AgentError) -> [[UInt8]]? {
    switch operation {
    case "event":
      let event = try events(inputs.all)[0]
      return [event.preimage, event.digest, Array(RuntimeEventHistory.line(event).dropLast())]
    case "replay": return [Array(try Replay.report(lines(inputs.all)).dropLast())]
    case "rtmr3": return [RTMR.replay(try events(inputs.all))]
    case "ccel":
      var found: [[UInt8]] = []
      for event in try CCEL.parse(inputs[0]) {
        found += [
          LittleEndian.encode(event.register), LittleEndian.encode(event.type), event.digest, event.name, event.payload,
        ]
      }
      return found
    case "attestation":
      let log = EventLog(boot: try CCEL.parse(inputs[0]), runtime: try events(inputs.from(4)))
      let attestation = VersionedAttestation(quote: inputs[1], log: log, reportData: inputs[2], config: inputs[3])
      return [try attestation.encoded(stripped: false, for: .v0), try attestation.encoded(stripped: true, for: .v0), log.json]
    case "app-info":
      guard let registers = Registers(inputs[0], mrtd: 0, rtmrs: 4 * RTMR.size) else { throw .invalid("are no registers") }
      let info = AppInfo(registers: registers, events: try events(inputs.from(2)), osImageHash: inputs[1])
      return [info.certificateExtension, info.replayed]
    default: return nil
    }
  }

  /// Of each three inputs, version, name and payload, an event.
  private static func events(_ inputs: [[UInt8]]) throws(AgentError) -> [RuntimeEvent] {
    var events: [RuntimeEvent] = []
    for index in stride(from: 0, to: inputs.count, by: 3) {
      guard index + 2 < inputs.count, let number = parseDecimal(inputs[index]),
        let version = RuntimeEvent.Version(rawValue: number)
      else { throw .invalid("is no event") }
      events.append(RuntimeEvent(name: inputs[index + 1], payload: inputs[index + 2], version: version))
    }
    return events
  }

  /// The inputs as lines of a text.
  private static func lines(_ inputs: [[UInt8]]) -> [UInt8] {
    var text: [UInt8] = []
    for line in inputs { text += line + bytes("\n") }
    return text
  }
}
