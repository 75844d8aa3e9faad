/// The machine that is started. Only tests use others than the defaults.
final class BootGuest {
  let tdx: TDXPaths
  let log: RuntimeEventLog
  let osRelease: [UInt8]
  /// What the image says of the agent.
  let settings: [UInt8]
  let product: [UInt8]
  /// The directory with what is on the PCI bus.
  let pciDevices: [UInt8]
  /// The directories with what sysfs says of disks, and with their device nodes.
  let (disks, devices): ([UInt8], [UInt8])

  init(
    tdx: TDXPaths = TDXPaths(), log: RuntimeEventLog = RuntimeEventLog(), osRelease: [UInt8] = bytes("/etc/os-release"),
    settings: [UInt8] = bytes(ImageSettings.file), product: [UInt8] = SMBIOS.product,
    pciDevices: [UInt8] = bytes(PCIDevices.directory), disks: [UInt8] = bytes("/sys/block"), devices: [UInt8] = bytes("/dev")
  ) {
    (self.tdx, self.log, self.osRelease, self.settings) = (tdx, log, osRelease, settings)
    (self.product, self.pciDevices) = (product, pciDevices)
    (self.disks, self.devices) = (disks, devices)
  }
}
