/// InfoV1 for anyone: without what the app does not show.
enum WorkerInfoV1 {
  static func serve(_ call: Call, _ evidence: Evidence, _ app: AppDescription) {
    call.reply { () throws(AgentError) in try InfoV1(evidence, app, showsTCB: app.visibility.tcbInfo) }
  }
}
