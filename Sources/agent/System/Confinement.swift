/// What a process gives up for good before it reads a stranger's first byte. If a restriction fails, that is logged, and the
/// others still apply.
struct Confinement {
  /// How such a log line begins.
  let name: StaticString

  /// The front: its own user, no capabilities, no access to files, and only the system calls that it takes to serve descriptors
  /// that are open.
  static func front(user: UInt32, memory: UInt64) {
    let front = Confinement(name: "the front is less confined")
    front.attempt { () throws(AgentError) in try Privileges.yieldToParent() }
    front.giveUpAll(user, memory, but: [CallFilter.basic, CallFilter.serving])
  }

  /// The DHCP client: the same with fewer system calls, as it accepts no connections.
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
      // opening a file is refused, not fatal: `Peer` looks into /proc to tell callers apart, and does without if that fails
      try CallFilter(calls, refused: CallFilter.opening, others: .kill).begin()
    }
  }

  /// Runs `body`, and logs what it throws.
  func attempt(_ body: () throws(AgentError) -> Void) {
    do throws(AgentError) { try body() } catch { tell(error) }
  }

  @inline(never)
  private func tell(_ error: AgentError) { Log.warning(error.during(name).text) }
}
