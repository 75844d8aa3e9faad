import CSystem

/// The kernel's generator, getrandom(2): the only random source of the agent, because a generator seeded in process memory would
/// repeat itself in a forked child.
enum Random {
  /// Random bytes.
  static func bytes(_ count: Int) throws(AgentError) -> [UInt8] {
    var out = [UInt8](repeating: 0, count: count)
    guard sys_random(nil, &out, count) == 0 else { throw .failed("no random bytes from the kernel") }
    return out
  }

  /// Random bytes in guarded memory.
  static func secret(_ count: Int) throws(AgentError) -> Secret {
    var out = try Secret(count: count)
    let rc = out.withUnsafeMutableBytes { sys_random(nil, $0, count) }
    guard rc == 0 else { throw .failed("no random bytes from the kernel") }
    return out
  }
}
