/// Powers the machine off, on behalf of its host.
struct PowerOff {
  let jobs: Jobs
  /// Where the host takes notifications; empty if it takes none.
  let hostAPIURL: [UInt8]

  /// Notifies the host, then has process 1 power the machine off. Throws unless process 1 started this process: else it runs on a machine
  /// that is not its own.
  func start() throws(AgentError) {
    guard Process.isService else { throw .failed("only an agent that process 1 has started can power the machine off") }
    let url = hostAPIURL
    jobs.start(.host, timeout: Limits.notifications) {
      let host = HostAPI()
      host.use(url)
      host.notify("shutdown.progress", bytes("powering off"))
      return []
    } done: { _ in
      Process.powerOff()
    }
  }
}
