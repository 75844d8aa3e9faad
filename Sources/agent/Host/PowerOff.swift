extension Agent {
  /// Tells the host, then has process 1 power the machine off. Throws unless this process is a service of process 1: started by
  /// anybody else, it runs on a machine that is not its own.
  func powerOff() throws(AgentError) {
    guard Process.isService else { throw .failed("only an agent that process 1 has started can power the machine off") }
    let file = config.sysConfigFile
    jobs.start(timeout: Limits.notifications) {
      let host = HostAPI()
      if let text = try? Files.read(file, limit: Limits.sysConfigFile), let config = try? SysConfig(text) {
        host.use(config.hostAPIURL)
      }
      host.notify("shutdown.progress", bytes("powering off"))
      return []
    } done: { _ in
      Process.powerOff()
    }
  }
}
