/// Where a TDX guest has its interfaces. Only tests use others than the defaults.
struct TDXPaths {
  /// configfs-tsm (kernel ABI documentation, configfs-tsm-report).
  var report = bytes("/sys/kernel/config/tsm/report")
  /// Linux 6.16 (sysfs-devices-virtual-misc-tdx_guest).
  var measurements = bytes("/sys/devices/virtual/misc/tdx_guest/measurements")
  /// Linux 6.2.
  var device = bytes("/dev/tdx_guest")
  /// Where the host's quote generation service listens.
  var attestConfig = bytes("/etc/tdx-attest.conf")
  /// The firmware's event log.
  var ccel = bytes("/sys/firmware/acpi/tables/data/CCEL")

  /// Whether this is a TDX guest: the driver's device is there, or a report provider that is it.
  var isTDX: Bool { Files.exists(device) || Files.exists(measurements) || ConfigfsQuote(self).isTDX }

  /// The events of the firmware and the kernel; none if the firmware left no log.
  func bootEvents() throws(AgentError) -> [LogEvent] {
    let area: [UInt8]
    do throws(Errno) {
      area = try Descriptor(ccel, .reading).readAll(upTo: Limits.ccel + 1)
    } catch {
      if error.isAbsent { return [] }
      throw .failed("cannot read the firmware's event log", code: error.code)
    }
    return try CCEL.parse(area)
  }
}
