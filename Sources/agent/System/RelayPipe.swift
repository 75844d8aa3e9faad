import CSystem

/// pipe(2). Reading from it does not block, writing to it does.
final class RelayPipe {
  let output: OpenFile
  let input: OpenFile

  init() throws(AgentError) {
    var ends: (Int32, Int32) = (-1, -1)
    let result = withUnsafeMutableBytes(of: &ends) { sys_pipe($0.bindMemory(to: Int32.self).baseAddress) }
    try Errno.check(result, "no pipe")
    (output, input) = (OpenFile(Descriptor(owning: ends.0)), OpenFile(Descriptor(owning: ends.1)))
  }

  /// Has it be a user's, who can then open it by its name in /proc, as /dev/stdout leads there.
  func give(to user: UInt32, _ group: UInt32) { _ = fchown(input.number, user, group) }
}
