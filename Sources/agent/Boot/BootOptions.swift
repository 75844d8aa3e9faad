/// The options of the command `boot`.
final class BootOptions {
  /// The directory with the host's files; nil to look for it (`HostSharedSource`).
  var hostShared: [UInt8]?
  /// An absolute path. Copies and keys go to `.host-shared` in it.
  var workDirectory = bytes("/dstack")
  /// Whether apps may extend RTMR3 later, by EmitEvent.
  var emitsEvents = true
  /// The machine has no operating system besides this program. The startup then refuses what app-compose demands of one, and sets
  /// the host name.
  var isWholeMachine = false
  /// The value of `dstack.disk` on the kernel command line.
  var disk = DiskUse.none
  /// Only print what would be measured.
  var isDryRun = false
}
