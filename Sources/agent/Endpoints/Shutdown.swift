/// Powers the guest off. The answer says that it has begun.
enum Shutdown {
  static func start(_: Empty, _ agent: Agent, _ call: Call) throws(AgentError) {
    try agent.powerOff()
    call.replyNothing()
  }
}
