/// The machine that is started. Only tests use others than the defaults.
struct BootGuest {
  var tdx = TDXPaths()
  var log = RuntimeEventLog()
  var osRelease = bytes("/etc/os-release")
  var product = SMBIOS.product
  /// The directory with what is on the PCI bus.
  var pciDevices = bytes(PCIDevices.directory)
}
