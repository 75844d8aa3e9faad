/// What parts a program from the machine's keys, from the agent and from other programs. For the child that becomes the program.
enum Separation {
  /// Where the keys and the host's files lie.
  private static let secrets: StaticString = "/dstack/.host-shared"
  /// The agent's socket for evidence alone. Only process 1 sets it, before it starts anything.
  nonisolated(unsafe) static var quoteSocket: [UInt8] = []

  /// From now on this process is the program's. Throws what cannot be had: a program that is not parted does not run.
  static func enter(_ program: ProgramSettings) throws(AgentError) {
    ControlGroups.join(program.name)
    try Errno.explain(
      "its folder in /var/lib cannot be made", try Directory.makeOwn(program.state, user: program.user, group: program.group))
    let kept = DataDisk.folder(of: program.name)
    if let kept {
      try Errno.explain(
        "its folder on the data disk cannot be made", try Directory.makeOwn(kept, user: program.user, group: program.group))
    }
    try Errno.explain("cannot have mounts of its own", try Mounts.leave())
    if let kept { try Errno.explain("its folder on the data disk cannot be had", try Mounts.bind(kept, at: program.state)) }
    try cover("/tmp", "mode=1777")
    try cover(secrets, "mode=000,size=4k")
    if program.access != .all {
      for socket in ["/run/dstack.sock", "/run/tappd.sock"] as [StaticString] { try hide(bytes(socket)) }
    }
    if program.access == .none { try hide(quoteSocket) }
    if program.files > 0 { try Errno.explain("nofile is too much", try Process.limitFiles(program.files)) }
    try Privileges.become(program.user, program.group, with: program.capabilities)
    try Errno.explain("cannot enter its directory", try Process.enter(program.directory))
  }

  private static func cover(_ folder: StaticString, _ options: StaticString) throws(AgentError) {
    try AgentError.during(
      folder, try Errno.explain("cannot be covered", try Mounts.mountSystem("tmpfs", at: bytes(folder), options: options)))
  }

  private static func hide(_ socket: [UInt8]) throws(AgentError) {
    try AgentError.during(socket, try Errno.explain("cannot be hidden", try Mounts.bind(bytes("/dev/null"), at: socket)))
  }
}
