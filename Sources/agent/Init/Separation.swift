/// Isolates a program from the machine's keys, from the agent and from other programs. Runs in the child that becomes the program.
enum Separation {
  /// The directory of the keys and the copies of the host's files.
  private static let secrets: StaticString = "/dstack/.host-shared"
  /// The agent's socket that serves evidence but no keys. Process 1 sets it once, before it starts anything.
  nonisolated(unsafe) static var quoteSocket: [UInt8] = []

  /// Puts this process into the program's control group, mount namespace, user and capabilities. Throws if a step fails, with the line
  /// of the setting if one asks for it: a program that cannot be isolated does not run. The exception is a control group without
  /// limits, which the kernel may lack.
  static func enter(_ program: ProgramSettings) throws(AgentError) {
    try ControlGroups.enter(program)
    try Errno.explain(
      "its folder in /var/lib cannot be made", try Directory.makeOwn(program.state, user: program.user, group: program.group))
    let kept = DataDisk.folder(of: program.name)
    if let kept {
      try Errno.explain(
        "its folder on the data disk cannot be made", try Directory.makeOwn(kept, user: program.user, group: program.group))
    }
    try Errno.explain("cannot get a mount namespace", try Mounts.leave())
    if let kept { try Errno.explain("its folder on the data disk cannot be mounted", try Mounts.bind(kept, at: program.state)) }
    try cover("/tmp", "mode=1777")
    try cover(secrets, "mode=000,size=4k")
    try AgentError.during(program.place(of: .sockets), try hideSockets(program.access))
    if program.files > 0 {
      try program.explain(.nofile, "nofile is too high") { () throws(Errno) in try Process.limitFiles(program.files) }
    }
    try Privileges.become(program.user, program.group, with: program.capabilities)
    try program.explain(.directory, "cannot enter its directory") { () throws(Errno) in try Process.enter(program.directory) }
  }

  /// Hides the agent's sockets that are not for a program.
  private static func hideSockets(_ access: ProgramSettings.Access) throws(AgentError) {
    if access == .all { return }
    for socket in ["/run/dstack.sock", "/run/tappd.sock"] as [StaticString] { try hide(bytes(socket)) }
    if access == .none { try hide(quoteSocket) }
  }

  private static func cover(_ folder: StaticString, _ options: StaticString) throws(AgentError) {
    try AgentError.during(
      folder, try Errno.explain("cannot be covered", try Mounts.mountSystem("tmpfs", at: bytes(folder), options: options)))
  }

  private static func hide(_ socket: [UInt8]) throws(AgentError) {
    try AgentError.during(socket, try Errno.explain("cannot be hidden", try Mounts.bind(bytes("/dev/null"), at: socket)))
  }
}
