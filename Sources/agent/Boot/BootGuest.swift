/// The machine that is started. Only tests use others than the defaults.
final class BootGuest {
  let tdx: TDXPaths
  let log: RuntimeEventLog
  let osRelease: [UInt8]
  let product: [UInt8]

  init(
    tdx: TDXPaths = TDXPaths(), log: RuntimeEventLog = RuntimeEventLog(), osRelease: [UInt8] = bytes("/etc/os-release"),
    product: [UInt8] = SMBIOS.product
  ) {
    self.tdx = tdx
    self.log = log
    self.osRelease = osRelease
    self.product = product
  }
}
