/// Extends RTMR3: by the attribute of Linux 6.16, else by the ioctl of dstack OS 0.5.
struct RTMRExtender {
  let paths: TDXPaths

  /// `digest` has 48 bytes. When this throws, the register is as it was.
  func extend(_ digest: [UInt8]) throws(AgentError) {
    guard digest.count == RTMR.size else { throw .failed("a digest is not 48 bytes") }
    let path = paths.measurements + "/rtmr3:sha384"
    guard Files.exists(path) else {
      return try TDXDevice(path: paths.device).extend(digest, register: RuntimeEvent.register)
    }
    try Errno.explain("cannot extend RTMR3") { () throws(Errno) in
      try Errno.retrying { () throws(Errno) in try KernelFile.write(path, digest) }
    }
  }
}
