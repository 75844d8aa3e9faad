import CSystem

/// How the machine ends, by reboot(2).
enum Power {
  /// From now on Ctrl-Alt-Del sends SIGINT to process 1 instead of restarting the machine at once.
  static func catchKeys() { _ = sys_reboot(SYS_CATCH_KEYS) }

  /// Powers off, after writing file systems to disk. Returns only if that is not permitted.
  static func off() {
    sync()
    _ = sys_reboot(SYS_POWER_OFF)
  }

  /// As `off`, but the machine stays on, with its console as it is.
  static func halt() {
    sync()
    _ = sys_reboot(SYS_HALT)
  }
}
