/// Where a TDX guest has its interfaces. Only tests change the defaults.
final class TDXPaths {
  /// The directory of configfs-tsm (kernel ABI documentation, configfs-tsm-report).
  let report: [UInt8]
  /// The directory of the measurements, Linux 6.16 (sysfs-devices-virtual-misc-tdx_guest).
  let measurements: [UInt8]
  /// The driver's device, Linux 6.2.
  let device: [UInt8]
  /// Configures where the host's quote generation service listens.
  let attestConfig: [UInt8]
  /// The firmware's event log.
  let ccel: [UInt8]

  init(
    report: [UInt8] = bytes("/sys/kernel/config/tsm/report"),
    measurements: [UInt8] = bytes("/sys/devices/virtual/misc/tdx_guest/measurements"),
    device: [UInt8] = bytes("/dev/tdx_guest"), attestConfig: [UInt8] = bytes("/etc/tdx-attest.conf"),
    ccel: [UInt8] = bytes("/sys/firmware/acpi/tables/data/CCEL")
  ) {
    (self.report, self.measurements, self.device) = (report, measurements, device)
    (self.attestConfig, self.ccel) = (attestConfig, ccel)
  }

  /// Whether this is a TDX guest: it has the driver's device or measurements, or a report provider that is the driver.
  var isTDX: Bool { Files.exists(device) || Files.exists(measurements) || ConfigfsQuote(self).isTDX }

  /// The events of the firmware and the kernel; none if the firmware left no log. The area is read only as far as the log goes.
  func bootEvents() throws(AgentError) -> [LogEvent] {
    guard Files.exists(ccel) else { return [] }
    let file = try Errno.explain(Self.unreadable, try Descriptor(ccel, .reading))
    if try Errno.explain(Self.unreadable, try file.size()) > Limits.ccelArea { throw CCEL.tooLarge }
    var log = CCEL()
    var position = 0
    while !log.isComplete {
      let piece = try Errno.explain(Self.unreadable, try file.read(Limits.copyChunk, at: position))
      if piece.isEmpty { break }
      position += piece.count
      try log.take(piece)
    }
    return try log.finish()
  }

  private static let unreadable: StaticString = "cannot read the firmware's event log"
}
