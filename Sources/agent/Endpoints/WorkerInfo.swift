/// Info for anyone: without what the app does not show.
enum WorkerInfo {
  static func answer(_ arguments: Empty, _ agent: Agent) throws(AgentError) -> Info {
    var info = try Info.answer(arguments, agent, withTCBInfo: agent.visibility.tcbInfo)
    if !agent.visibility.tcbInfo { info.vmConfig = [] }
    return info
  }
}
