/// What the command `boot` is told.
final class BootOptions {
  /// Where the host's files are; nil to look for them.
  var hostShared: [UInt8]?
  /// An absolute path. Copies and keys go to `.host-shared` in it.
  var workDirectory = bytes("/dstack")
  /// Whether apps may extend RTMR3 later.
  var emitsEvents = true
  /// There is nothing but this program in the machine: what app-compose demands and it cannot do stops the startup, which also gives
  /// the machine its name.
  var isWholeMachine = false
  /// The data disk that the kernel's command line asks for.
  var disk = DiskUse.none
  /// Print what would be measured, and do nothing.
  var isDryRun = false
}
