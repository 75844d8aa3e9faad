extension Jobs.Kind {
  /// What a child of the keeper gives up beyond what the keeper did, by the kind of its work. Failures are not logged: the
  /// keeper's own were, at the start.
  func confine(_ app: AppDescription) {
    if isForStrangers { try? Privileges.yieldToParent() }
    do throws(AgentError) {
      try Privileges.keep([])
      let rules = try Landlock(connects: true)
      allowFiles(rules, app)
      try rules.begin()
    } catch {}
    try? CallFilter(calls, family: family, others: .refuse).begin()
  }

  /// Allows the files that this kind of work needs. The keeper has those of all kinds.
  func allowFiles(_ rules: borrowing Landlock, _ app: AppDescription) {
    let paths = TDXPaths()
    switch self {
    case .event:
      rules.allow(paths.device, [.read, .write])
      rules.allow(paths.measurements, [.read, .write])
      rules.allow(RuntimeEventLog.standard, [.read, .write, .list, .makeFile, .makeDirectory], orAbove: true)
    case .cleaning: rules.allow(paths.report, [.list, .removeDirectory])
    case .evidence:
      rules.allow(paths.device, [.read, .write])
      rules.allow(paths.report, [.read, .write, .list, .makeDirectory, .removeDirectory])
      rules.allow(paths.attestConfig, .read)
      // it has existed since the start, so a rule can name it
      rules.allow(RuntimeEventLog().lockPath, [.read, .write])
    case .kms:
      rules.allow("/etc/hosts", .read)
      rules.allow("/etc/resolv.conf", .read)
    case .health:
      // an app may put a link there, but it can lead only to the app's own files
      if case .file(let path) = app.health { rules.allow(Files.directory(of: path), .read, orAbove: true) }
    case .digest, .host, .engine, .log, .call: break
    }
  }

  /// Whether nobody but the front or the host waits for it.
  private var isForStrangers: Bool { self == .engine || self == .log || self == .host || self == .health }

  /// The system calls that it needs.
  var calls: [[Int32]] {
    switch self {
    case .evidence: [CallFilter.basic, CallFilter.files, CallFilter.connecting]
    case .event, .digest, .health, .cleaning, .call: [CallFilter.basic, CallFilter.files]
    case .kms: [CallFilter.basic, CallFilter.files, CallFilter.connecting, CallFilter.children]
    case .host, .engine, .log: [CallFilter.basic, CallFilter.connecting]
    }
  }

  /// The one family of its sockets, vsock or Unix; 0 for any.
  var family: UInt32 { self == .evidence ? 40 : self == .engine || self == .log ? 1 : 0 }
}
