extension Confinement {
  /// The keeper, before it reads a key: no privileges but those that a front needs, and only the files that it works with. A
  /// front has all these limits too, and then its own.
  static func keeper(_ config: Config, _ app: AppDescription) {
    let keeper = Confinement(name: "the keeper is less confined")
    keeper.attempt { () throws(AgentError) in try Privileges.keep(.front, for: .front) }
    keeper.attempt { () throws(AgentError) in
      let rules = try Landlock(connects: true, leads: true)
      rules.allow("/proc/self/exe", [.execute, .read])
      // host names, and what startups and the kernel write; files there may be replaced, so only their directories can be named
      for folder in ["/etc", "/proc", "/run", "/sys"] as [StaticString] { rules.allow(folder, [.read, .list]) }
      // links may lead out of these directories
      rules.allow("/etc/os-release", .read)
      rules.allow(config.keysFile, .read)
      rules.allow(config.sysConfigFile, .read)
      rules.allow("/dev/null", [.read, .write])
      for kind in Jobs.Kind.allCases { kind.allowFiles(rules, app) }
      var allowed: [UInt8] = []
      for listener in [config.apps, config.tappd, config.external, config.guestAPI] + (config.quote.map { [$0] } ?? []) {
        guard case .unix(let path) = listener.address else { continue }
        let directory = Files.directory(of: path)
        // most often all are in one
        if directory != allowed { rules.allow(directory, [.makeSocket, .makeDirectory, .removeFile], orAbove: true) }
        allowed = directory
      }
      try rules.begin()
    }
    keeper.attempt { () throws(AgentError) in
      let calls = [CallFilter.basic, CallFilter.serving, CallFilter.files, CallFilter.connecting, CallFilter.children]
      try CallFilter(calls + [CallFilter.starting], others: .refuse).begin()
    }
  }
}
