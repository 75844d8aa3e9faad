import CSystem

/// What a process and its children give up for good.
enum Privileges {
  /// Capabilities (capabilities(7)), as bits.
  struct Capabilities: OptionSet {
    let rawValue: UInt64

    /// CAP_SETGID and CAP_SETUID: to become another user.
    static let user = Capabilities(rawValue: 1 << 6 | 1 << 7)
    /// What the keeper needs for its front: those, CAP_SETPCAP to limit its capabilities, and CAP_KILL to end it when it hangs or
    /// the keeper dies (PR_SET_PDEATHSIG).
    static let front = Capabilities(rawValue: 1 << 5 | 1 << 6 | 1 << 7 | 1 << 8)
  }

  /// Gives up all capabilities but `kept`. Programs executed later can have those in `programs` at most, and gain nothing from
  /// set-user-ID or file capabilities.
  @inline(never)
  static func keep(_ kept: Capabilities, for programs: Capabilities = []) throws(AgentError) {
    try Errno.check(sys_keep_capabilities(kept.rawValue, programs.rawValue), "capabilities stay")
    try Errno.check(sys_no_new_privileges(), "programs may add privileges")
  }

  /// Gives up all capabilities but these, and becomes another user and group. Programs executed later have the same capabilities,
  /// and gain nothing from set-user-ID or file capabilities.
  static func become(_ user: UInt32, _ group: UInt32, with capabilities: UInt64) throws(AgentError) {
    try Errno.check(sys_become_program(user, group, capabilities), "cannot become its user")
  }

  /// Becomes a user, with the group of the same number and no other.
  static func become(_ user: UInt32) throws(AgentError) { try Errno.check(sys_become(user), "the user cannot be changed") }

  /// Limits the address space to so many bytes (RLIMIT_AS).
  static func limitMemory(_ size: UInt64) throws(AgentError) {
    try Errno.check(sys_limit_memory(size), "memory is not limited")
  }

  /// Has the kernel kill this process when its parent dies.
  static func dieWithParent() throws(AgentError) { try Errno.check(sys_die_with_parent(), "it outlives its parent") }

  /// Has the kernel prefer the parent where both want a processor.
  static func yieldToParent() throws(AgentError) { try Errno.check(sys_yield(), "it has the same priority as its parent") }
}
