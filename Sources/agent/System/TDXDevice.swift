import CSystem

/// The ioctls of /dev/tdx_guest.
struct TDXDevice {
  /// Bytes of a TDREPORT_STRUCT.
  static let reportSize = 1024

  /// The device's path.
  let path: [UInt8]

  /// The TDREPORT_STRUCT over 64 bytes of report data.
  func report(_ reportData: [UInt8]) throws(AgentError) -> [UInt8] {
    guard reportData.count == 64 else { throw .failed("report data is not 64 bytes") }
    var report = [UInt8](repeating: 0, count: Self.reportSize)
    try Errno.explain("cannot get a TD report", try request { sys_tdx_report($0, reportData, &report) })
    return report
  }

  /// Extends a register, RTMR 0 to 3, with a digest of 48 bytes. Only kernels of dstack OS 0.5 have this ioctl.
  func extend(_ digest: [UInt8], register: UInt32) throws(AgentError) {
    try Errno.explain("cannot extend RTMR3", try request { sys_tdx_extend($0, digest, register) })
  }

  /// Opens the device and makes a call, repeated while it is busy.
  private func request(_ call: (Int32) -> Int32) throws(Errno) {
    let device = try Descriptor(path, .both)
    try Errno.retrying { () throws(Errno) in _ = try Errno.check(call(device.number)) }
  }
}
