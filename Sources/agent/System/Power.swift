import CSystem

/// The machine's end, by reboot(2).
enum Power {
  /// Ctrl-Alt-Del sends SIGINT to process 1 from now on, and does not restart the machine at once.
  static func catchKeys() { _ = sys_reboot(SYS_CATCH_KEYS) }

  /// Returns only if that is not allowed.
  static func off() {
    sync()
    _ = sys_reboot(SYS_POWER_OFF)
  }

  /// As `off`, but the machine stays, with what is on its console.
  static func halt() {
    sync()
    _ = sys_reboot(SYS_HALT)
  }
}
