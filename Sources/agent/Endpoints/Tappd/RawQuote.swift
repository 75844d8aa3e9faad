/// TdxQuote over report data that is not hashed; zeros fill it up.
enum RawQuote {
  static func serve(_ call: Call, _ evidence: Evidence) throws(AgentError) {
    let arguments: ReportDataArguments = try call.arguments()
    TdxQuote.answerRaw(call, arguments.reportData, evidence)
  }
}
