/// What a process gives up for good before it reads a stranger's byte. What cannot be had is told in a line, and the rest holds.
struct Confinement {
  /// Whose it is.
  let name: StaticString

  /// The front: a user of its own, no capability, nothing of the file system, and only the system calls that serving what is open takes.
  static func front(user: UInt32, memory: UInt64) {
    Confinement(name: "the front is less confined").giveUpAll(user, memory, but: [CallFilter.basic, CallFilter.serving])
  }

  /// The DHCP client: the same with even less, as it opens and accepts nothing.
  static func dhcpClient() {
    Confinement(name: "the DHCP client is less confined")
      .giveUpAll(65532, UInt64(Limits.frontMemory), but: [CallFilter.basic, CallFilter.telling])
  }

  private func giveUpAll(_ user: UInt32, _ memory: UInt64, but calls: [[Int32]]) {
    attempt { () throws(AgentError) in
      try Privileges.keep(.user)
      try Privileges.become(user)
    }
    attempt { () throws(AgentError) in try Privileges.keep([]) }
    attempt { () throws(AgentError) in try Privileges.dieWithParent() }
    attempt { () throws(AgentError) in try Privileges.limitMemory(memory) }
    attempt { () throws(AgentError) in try Landlock().begin() }
    attempt { () throws(AgentError) in
      // whoever has to give way is looked for in /proc: it fails, and that is all
      try CallFilter(calls, refused: CallFilter.opening, others: .kill).begin()
    }
  }

  /// Tells what cannot be had.
  func attempt(_ body: () throws(AgentError) -> Void) {
    do throws(AgentError) { try body() } catch { tell(error) }
  }

  @inline(never)
  private func tell(_ error: AgentError) { Log.warning(error.during(name).text) }
}
