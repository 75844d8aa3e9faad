/// What the command `boot` is told.
struct BootOptions {
  /// Where the host's files are; nil to look for them.
  var hostShared: [UInt8]?
  /// An absolute path. Copies and keys go to `.host-shared` in it.
  var workDirectory = bytes("/dstack")
  /// Print what would be measured, and do nothing.
  var isDryRun = false
}

/// The machine that is started. Only tests use others than the defaults.
final class BootMachine {
  let tdx: TDXPaths
  let log: RuntimeEventLog
  let osRelease: [UInt8]
  let product: [UInt8]

  init(
    tdx: TDXPaths = TDXPaths(), log: RuntimeEventLog = RuntimeEventLog(), osRelease: [UInt8] = bytes("/etc/os-release"),
    product: [UInt8] = Machine.product
  ) {
    self.tdx = tdx
    self.log = log
    self.osRelease = osRelease
    self.product = product
  }
}
