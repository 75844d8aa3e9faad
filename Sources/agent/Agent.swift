/// What the endpoints work with. One a process.
final class Agent {
  let config: Config

  init(_ config: Config) throws(AgentError) {
    self.config = config
  }
}
