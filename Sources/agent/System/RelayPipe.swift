import CSystem

/// pipe(2). Reading from it does not block; writing does.
final class RelayPipe {
  /// The end to read from.
  let output: OpenFile
  /// The end to write to.
  let input: OpenFile

  /// Makes a pipe.
  init() throws(AgentError) {
    var ends: (Int32, Int32) = (-1, -1)
    let result = withUnsafeMutableBytes(of: &ends) { sys_pipe($0.bindMemory(to: Int32.self).baseAddress) }
    try Errno.check(result, "no pipe")
    (output, input) = (OpenFile(Descriptor(owning: ends.0)), OpenFile(Descriptor(owning: ends.1)))
  }

  /// Makes a user the pipe's owner, who can then open it by its name in /proc: /dev/stdout leads there.
  func give(to user: UInt32, _ group: UInt32) { _ = fchown(input.number, user, group) }
}
