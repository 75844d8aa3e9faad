import CSystem

/// What a process gives up for good, its children too.
enum Privileges {
  /// Capabilities (capabilities(7)), as bits.
  struct Capabilities: OptionSet {
    let rawValue: UInt64

    /// To become another user; and for the keeper, on account of the front: that, what others it may have, and a signal to it when it hangs or the keeper dies.
    static let user = Capabilities(rawValue: 1 << 6 | 1 << 7)
    static let front = Capabilities(rawValue: 1 << 5 | 1 << 6 | 1 << 7 | 1 << 8)
  }

  /// Everything but these, and of what a program may have that it runs, everything but those; and whatever a program would add.
  @inline(never)
  static func keep(_ kept: Capabilities, for programs: Capabilities = []) throws(AgentError) {
    try Errno.check(sys_keep_capabilities(kept.rawValue, programs.rawValue), "capabilities stay")
    try Errno.check(sys_no_new_privileges(), "programs may add privileges")
  }

  /// What the kernel lets root do but for these, for good; then another user and group. Programs that it runs have these capabilities too,
  /// and no file adds any.
  static func become(_ user: UInt32, _ group: UInt32, with capabilities: UInt64) throws(AgentError) {
    try Errno.check(sys_become_program(user, group, capabilities), "cannot become its user")
  }

  /// Its user and groups.
  static func become(_ user: UInt32) throws(AgentError) { try Errno.check(sys_become(user), "the user stays") }

  /// More memory than so many bytes, all in all.
  static func limitMemory(_ size: UInt64) throws(AgentError) {
    try Errno.check(sys_limit_memory(size), "memory is not limited")
  }

  /// Life without its parent.
  static func dieWithParent() throws(AgentError) { try Errno.check(sys_die_with_parent(), "it outlives its parent") }
}
