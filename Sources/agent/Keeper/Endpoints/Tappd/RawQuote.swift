/// TdxQuote over 64 bytes of report data, which are not hashed.
enum RawQuote {
  /// `/prpc/RawQuote`.
  static func serve(_ call: Call, _ evidence: Evidence) throws(AgentError) {
    let arguments: ReportDataArguments = try call.arguments()
    try TdxQuote.answerRaw(call, arguments.reportData, evidence)
  }
}
