/// Report data: what a quote shall bind.
struct ReportDataArguments: RequestMessage {
  /// At most 64 bytes.
  var reportData: [UInt8] = []

  mutating func read(_ fields: FieldReader) throws(AgentError) { try fields.bytes("report_data", 1, &reportData) }
}

/// A quote over the caller's report data, with the event log that explains its registers.
struct GetQuote: ReplyMessage {
  let attestation: VersionedAttestation

  static func serve(_ call: Call, _ evidence: Evidence) throws(AgentError) {
    let arguments: ReportDataArguments = try call.arguments()
    try evidence.requireQuotes()
    evidence.attestation(arguments.reportData) { result in
      call.reply { () throws(AgentError) in GetQuote(attestation: try result.get()) }
    }
  }

  func write(_ fields: FieldWriter) {
    fields.bytes("quote", 1, attestation.quote)
    fields.string("event_log", 2, attestation.log.json)
    fields.bytes("report_data", 3, attestation.reportData)
    fields.string("vm_config", 4, attestation.config)
  }
}
