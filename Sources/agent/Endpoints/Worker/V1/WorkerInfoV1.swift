/// InfoV1 for anyone: without what the app does not show.
enum WorkerInfoV1 {
  static func serve(_ call: Call, _ evidence: Evidence, _ app: AppDescription, _ kept: KeptReply) throws(AgentError) {
    let stamp = try evidence.stamp()
    if call.reply(from: kept, stamp) { return }
    call.reply(keptIn: kept, stamp, for: Limits.reading) { () throws(AgentError) in
      try InfoV1(evidence, app, showsTCB: app.visibility.tcbInfo)
    }
  }
}
