/// Powers off the machine when its host asks for it.
struct PowerOff {
  /// Runs the notification.
  let jobs: Jobs
  /// Where the host takes notifications; empty if it takes none.
  let hostAPIURL: [UInt8]

  /// Notifies the host, then asks process 1 to power off the machine. Throws `.failed` unless process 1 started this process: an
  /// agent that was started by hand may be on somebody's own machine.
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
