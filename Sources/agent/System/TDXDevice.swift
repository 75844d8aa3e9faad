import CSystem

/// The ioctls of /dev/tdx_guest.
struct TDXDevice {
  /// Bytes of a TDREPORT_STRUCT.
  static let reportSize = 1024

  let path: [UInt8]

  /// TDREPORT_STRUCT, 1024 bytes, over 64 bytes of report data.
  func report(_ reportData: [UInt8]) throws(AgentError) -> [UInt8] {
    guard reportData.count == 64 else { throw .failed("report data is not 64 bytes") }
    return try Errno.explain("cannot get a TD report") { () throws(Errno) in
      let device = try Descriptor(path, .both)
      return try Errno.retrying { () throws(Errno) in
        var report = [UInt8](repeating: 0, count: Self.reportSize)
        _ = try Errno.check(sys_tdx_report(device.number, reportData, &report))
        return report
      }
    }
  }

  /// Extends a register, RTMR 0 to 3, with a digest of 48 bytes, in kernels that have an ioctl for it.
  func extend(_ digest: [UInt8], register: UInt32) throws(AgentError) {
    try Errno.explain("cannot extend RTMR3") { () throws(Errno) in
      let device = try Descriptor(path, .both)
      _ = try Errno.retrying { () throws(Errno) in
        try Errno.check(sys_tdx_extend(device.number, digest, register))
      }
    }
  }
}
