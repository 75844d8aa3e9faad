/// Report data: what a quote is to bind.
struct ReportDataArguments: RequestMessage {
  /// At most 64 bytes.
  var reportData: [UInt8] = []

  mutating func read(_ fields: FieldReader) throws(AgentError) { try fields.bytes("report_data", 1, &reportData) }
}

/// What a quote binds of a caller's report data.
enum ReportDataBinding {
  /// They are bound as they are. So a caller can speak for this guest, for example with its own TLS key to a KMS, which then
  /// gives it the app's keys. For a socket whose callers may have those keys anyway.
  case plain
  /// A digest of them, as TdxQuote binds by default, which cannot be mistaken for anything else.
  case appData

  /// The quote's report data. Throws `.invalid` if there are too many.
  func bound(_ data: [UInt8]) throws(AgentError) -> [UInt8] {
    if self == .plain { return data }
    guard data.count <= VersionedAttestation.reportDataSize else { throw .invalid("Report data is too long") }
    return Hash.sha512(bytes("app-data:", data))
  }
}

/// A quote over the caller's report data, with the event log that explains its registers.
enum GetQuote {
  /// `/GetQuote`.
  static func serve(_ call: Call, _ evidence: Evidence, _ binding: ReportDataBinding) throws(AgentError) {
    let arguments: ReportDataArguments = try call.arguments()
    try evidence.requireQuotes()
    evidence.attestation(try binding.bound(arguments.reportData), for: call.peer) { result in
      call.reply { () throws(AgentError) in
        let found = try result.get()
        return QuoteReply(quote: found.quote, eventLog: found.log.json, reportData: found.reportData, vmConfig: found.config)
      }
    }
  }
}
