/// Info for anyone: without what the app does not show.
enum WorkerInfo {
  static func start(_ arguments: Empty, _ agent: Agent, _ call: Call) throws(AgentError) {
    let stamp = try agent.evidence.stamp()
    if call.reply(from: agent.workerInfo, stamp) { return }
    var info = try Info.answer(arguments, agent, withTCBInfo: agent.visibility.tcbInfo)
    if !agent.visibility.tcbInfo { info.vmConfig = [] }
    // one without its certificate is soon another
    call.reply(info, keptIn: agent.workerInfo, stamp, for: info.appCert.isEmpty ? 0 : Limits.reading)
  }
}
