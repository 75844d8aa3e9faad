/// What a process gives up for good before it reads a stranger's byte. What cannot be had is told in a line, and the rest holds.
struct Confinement {
  /// Whose it is.
  let name: StaticString

  /// The front: a user of its own, no capability, nothing of the file system, and only the system calls that serving what is open takes.
  static func front(user: UInt32, memory: UInt64) {
    let front = Confinement(name: "the front is less confined")
    front.attempt { () throws(AgentError) in
      try Privileges.keep(.user)
      try Privileges.become(user)
    }
    front.attempt { () throws(AgentError) in try Privileges.keep([]) }
    front.attempt { () throws(AgentError) in try Privileges.dieWithParent() }
    front.attempt { () throws(AgentError) in try Privileges.limitMemory(memory) }
    front.attempt { () throws(AgentError) in try Landlock().begin() }
    front.attempt { () throws(AgentError) in
      // whoever has to give way is looked for in /proc: it fails, and that is all
      try CallFilter([CallFilter.basic, CallFilter.serving], refused: CallFilter.opening, others: .kill).begin()
    }
  }

  /// Tells what cannot be had.
  func attempt(_ body: () throws(AgentError) -> Void) {
    do throws(AgentError) { try body() } catch { tell(error) }
  }

  @inline(never)
  private func tell(_ error: AgentError) { Log.warning(error.during(name).text) }
}
