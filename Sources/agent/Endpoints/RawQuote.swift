/// TdxQuote over report data that is not hashed; zeros fill it up.
enum RawQuote {
  static func start(_ arguments: ReportDataArguments, _ agent: Agent, _ call: Call) throws(AgentError) {
    try TdxQuote.startRaw(arguments.reportData, agent, call)
  }
}
