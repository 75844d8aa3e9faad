import CSystem

/// The ioctls of /dev/tdx_guest.
struct TDXDevice {
  let path: [UInt8]

  /// TDREPORT_STRUCT, 1024 bytes, over 64 bytes of report data.
  func report(_ reportData: [UInt8]) throws(AgentError) -> [UInt8] {
    guard reportData.count == VersionedAttestation.reportDataSize else { throw .failed("report data is not 64 bytes") }
    return try Errno.explain("cannot get a TD report") { () throws(Errno) in
      let device = try Descriptor(path, O_RDWR)
      return try Errno.retrying { () throws(Errno) in
        var report = [UInt8](repeating: 0, count: TDReport.size)
        _ = try Errno.check(sys_tdx_report(device.number, reportData, &report))
        return report
      }
    }
  }

  /// Extends RTMR3 with a digest of 48 bytes, in kernels that have an ioctl for it.
  func extend(_ digest: [UInt8]) throws(AgentError) {
    try Errno.explain("cannot extend RTMR3") { () throws(Errno) in
      let device = try Descriptor(path, O_RDWR)
      _ = try Errno.retrying { () throws(Errno) in
        try Errno.check(sys_tdx_extend(device.number, digest, RuntimeEvent.register))
      }
    }
  }
}
