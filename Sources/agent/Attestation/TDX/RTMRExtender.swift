/// Extends RTMR3: through the sysfs attribute of Linux 6.16, else through the ioctl of dstack OS 0.5.
struct RTMRExtender {
  let paths: TDXPaths

  /// `digest` is 48 bytes. If this throws, the register is unchanged.
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
