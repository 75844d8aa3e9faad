import CSystem

extension Secret {
  /// The whole content of a regular file, read straight into locked memory. Throws `.failed` if it cannot be read or holds more
  /// than `limit` bytes.
  static func file(_ path: [UInt8], limit: Int) throws(AgentError) -> Secret {
    // without O_NONBLOCK a FIFO in the file's place would hold up the start
    let file = try Descriptor(taking: withPath(path) { sys_open($0, O_RDONLY | O_NONBLOCK, 0) }, "cannot be opened")
    var status = stat()
    guard fstat(file.number, &status) == 0 else { throw .failed("cannot be read", errno: sys_errno()) }
    guard status.st_mode & mode_t(S_IFMT) == mode_t(S_IFREG) else { throw .failed("is not a regular file") }
    guard status.st_size <= limit else { throw .failed("is too large") }
    let content = try Secret(capacity: Int(status.st_size))
    while content.count < status.st_size {
      switch content.source.read(file.number) {
      case .bytes: continue
      case .end: throw .failed("became shorter while it was read")
      case .wouldBlock: throw .failed("cannot be read", errno: EAGAIN)
      case .failed(let code): throw .failed("cannot be read", errno: code)
      }
    }
    return content
  }
}
