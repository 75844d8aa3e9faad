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
}
