/// Where the startup finds things on its machine. Only tests change the defaults.
final class BootGuest {
  /// The kernel's TDX interfaces.
  let tdx: TDXPaths
  /// The runtime event log.
  let log: RuntimeEventLog
  /// The path of os-release(5).
  let osRelease: [UInt8]
  /// The path of the image's own settings (`ImageSettings`).
  let settings: [UInt8]
  /// The SMBIOS product name.
  let product: [UInt8]
  /// The directory in sysfs with the PCI devices.
  let pciDevices: [UInt8]
  /// The directory in sysfs with the block devices, and the one with their device nodes; both end with a slash.
  let (disks, devices): ([UInt8], [UInt8])

  init(
    tdx: TDXPaths = TDXPaths(), log: RuntimeEventLog = RuntimeEventLog(), osRelease: [UInt8] = bytes("/etc/os-release"),
    settings: [UInt8] = bytes(ImageSettings.file), product: [UInt8] = SMBIOS.product,
    pciDevices: [UInt8] = bytes(PCIDevices.directory), disks: [UInt8] = bytes("/sys/block/"), devices: [UInt8] = bytes("/dev/")
  ) {
    (self.tdx, self.log, self.osRelease, self.settings) = (tdx, log, osRelease, settings)
    (self.product, self.pciDevices) = (product, pciDevices)
    (self.disks, self.devices) = (disks, devices)
  }
}
