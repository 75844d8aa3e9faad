/// The report data that a quote will bind.
struct ReportDataArguments: RequestMessage {
  /// At most 64 bytes.
  var reportData: [UInt8] = []

  mutating func read(_ fields: FieldReader) throws(AgentError) { try fields.bytes("report_data", 1, &reportData) }
}

/// What a quote binds of a caller's report data.
enum ReportDataBinding {
  /// The report data as they are. A caller can then speak for this guest: for example, bind its own TLS key and get the app's
  /// keys from a KMS. So this is only for a socket whose callers may have those keys anyway.
  case plain
  /// A digest of the report data, as TdxQuote binds by default, which cannot be mistaken for anything else.
  case appData

  /// The quote's report data. Throws `.invalid` if a digest is bound and `data` is too long.
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
