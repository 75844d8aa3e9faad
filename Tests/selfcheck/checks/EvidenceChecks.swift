enum EvidenceChecks {
  static func outputs(_ operation: CheckOperation, _ inputs: CheckInputs) throws(AgentError) -> [[UInt8]]? {
    switch operation {
    case "event":
      let event = try events(inputs.all)[0]
      return [event.preimage, event.digest, Array(RuntimeEventHistory.line(event).dropLast())]
    case "replay": return [Array(try Replay.report(lines(inputs.all)).dropLast())]
    case "rtmr3": return [history(try events(inputs.all)).events.register]
    case "ccel":
      var found: [[UInt8]] = []
      for event in try CCEL.parse(inputs[0]) {
        found += [
          LittleEndian.encode(event.register), LittleEndian.encode(event.type), event.digest, event.name, event.payload,
        ]
      }
      return found
    case "attestation":
      let log = EventLog(boot: EventStore(try CCEL.parse(inputs[0])), runtime: history(try events(inputs.from(4))).events)
      let attestation = VersionedAttestation(quote: inputs[1], log: log, reportData: inputs[2], config: inputs[3])
      let whole = try attestation.encoded(stripped: false, for: .v0)
      return [whole.all(), try attestation.encoded(stripped: true, for: .v0).all(), log.json.all()]
    case "app-info":
      guard let registers = Registers(inputs[0], mrtd: 0, rtmrs: 4 * RTMR.size) else { throw .invalid("are not registers") }
      let info = AppInfo(registers: registers, history: history(try events(inputs.from(2))), osImageHash: inputs[1])
      return [info.certificateExtension, info.replayed]
    default: return nil
    }
  }

  /// An event from every three inputs: version, name and payload.
  private static func events(_ inputs: [[UInt8]]) throws(AgentError) -> [RuntimeEvent] {
    var events: [RuntimeEvent] = []
    for index in stride(from: 0, to: inputs.count, by: 3) {
      guard index + 2 < inputs.count, let number = parseDecimal(inputs[index]),
        let version = RuntimeEvent.Version(rawValue: number)
      else { throw .invalid("is not an event") }
      events.append(RuntimeEvent(name: inputs[index + 1], payload: inputs[index + 2], version: version))
    }
    return events
  }

  private static func history(_ events: [RuntimeEvent]) -> RuntimeEventHistory {
    var history = RuntimeEventHistory()
    for event in events { history.append(event) }
    return history
  }

  /// The inputs as the lines of a text.
  private static func lines(_ inputs: [[UInt8]]) -> [UInt8] {
    var text: [UInt8] = []
    for line in inputs { text += line + bytes("\n") }
    return text
  }
}
