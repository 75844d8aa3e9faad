/// TdxQuote over 64 bytes of report data that are not hashed.
enum RawQuote {
  static func serve(_ call: Call, _ evidence: Evidence) throws(AgentError) {
    let arguments: ReportDataArguments = try call.arguments()
    try TdxQuote.answerRaw(call, arguments.reportData, evidence)
  }
}
