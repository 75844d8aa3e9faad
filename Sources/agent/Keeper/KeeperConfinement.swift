extension Confinement {
  /// The keeper, before it reads a key: no privilege but those that a front takes, and of the file system what it works with. A front
  /// has all this as well, and its own on top.
  static func keeper(_ config: Config, _ app: AppDescription) {
    let keeper = Confinement(name: "the keeper is less confined")
    keeper.attempt { () throws(AgentError) in try Privileges.keep(.front, for: .front) }
    keeper.attempt { () throws(AgentError) in
      let rules = try Landlock(connects: true, leads: true)
      rules.allow("/proc/self/exe", [.execute, .read])
      // names of hosts, what start-ups and the kernel tell; a file is replaced there at times, so folders are what can be named
      for folder in ["/etc", "/proc", "/run", "/sys"] as [StaticString] { rules.allow(folder, [.read, .list]) }
      // links may lead out of them
      rules.allow("/etc/os-release", .read)
      rules.allow(config.keysFile, .read)
      rules.allow(config.sysConfigFile, .read)
      rules.allow("/dev/null", [.read, .write])
      for kind in Jobs.Kind.allCases { kind.allowFiles(rules, app) }
      for listener in [config.apps, config.tappd, config.external, config.guestAPI] + (config.quote.map { [$0] } ?? []) {
        guard case .unix(let path) = listener.address else { continue }
        rules.allow(Files.directory(of: path), [.makeSocket, .makeDirectory, .removeFile], orAbove: true)
      }
      try rules.begin()
    }
    keeper.attempt { () throws(AgentError) in
      let calls = [CallFilter.basic, CallFilter.serving, CallFilter.files, CallFilter.connecting, CallFilter.children]
      try CallFilter(calls + [CallFilter.starting], others: .refuse).begin()
    }
  }
}
