extension Confinement {
  /// The keeper, before it reads a key: no privilege but those that a front takes, and of the file system what it works with. A front
  /// has all this as well, and its own on top.
  static func keeper(_ config: Config, _ app: AppDescription) {
    let keeper = Confinement(name: "the keeper is less confined")
    keeper.attempt { () throws(AgentError) in try Privileges.keep(.front, for: .front) }
    keeper.attempt { () throws(AgentError) in
      let rules = try Landlock(isolated: false)
      let paths = TDXPaths()
      rules.allow(bytes("/proc/self/exe"), [.execute, .read])
      // names of hosts, what start-ups and the kernel tell; a file is replaced there at times, so folders are what can be named
      for folder in ["/etc", "/proc", "/run", "/sys"] as [StaticString] { rules.allow(bytes(folder), [.read, .list]) }
      // links may lead out of them
      for file in ["/etc/hosts", "/etc/os-release", "/etc/resolv.conf"] as [StaticString] { rules.allow(bytes(file), .read) }
      for file in [config.keysFile, config.sysConfigFile, paths.ccel, paths.attestConfig] { rules.allow(file, .read) }
      for file in [paths.device, paths.measurements, bytes("/dev/null")] { rules.allow(file, [.read, .write]) }
      rules.allow(paths.report, [.read, .write, .list, .makeDirectory, .removeDirectory])
      rules.allow(RuntimeEventLog.standard, [.read, .write, .list, .makeFile, .makeDirectory], orAbove: true)
      for listener in [config.apps, config.tappd, config.external, config.guestAPI] + (config.quote.map { [$0] } ?? []) {
        guard case .unix(let path) = listener.address else { continue }
        rules.allow(Files.directory(of: path), [.makeSocket, .makeDirectory, .removeFile], orAbove: true)
      }
      if case .file(let path) = app.health { rules.allow(Files.directory(of: path), .read, orAbove: true) }
      try rules.begin()
    }
    keeper.attempt { () throws(AgentError) in
      let calls = [CallFilter.basic, CallFilter.serving, CallFilter.files, CallFilter.connecting, CallFilter.children]
      try CallFilter(calls + [CallFilter.starting], others: .refuse).begin()
    }
  }
}
