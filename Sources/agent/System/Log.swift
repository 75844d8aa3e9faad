import CSystem

/// Lines on stderr, each behind the syslog priority that systemd's journal takes from `<n>` (sd-daemon(3)).
enum Log {
  enum Priority: UInt8 { case error = 3, warning = 4, notice = 5, info = 6 }

  static func write(_ priority: Priority, _ text: [UInt8]) {
    var line = bytes("<") + decimal(priority.rawValue) + bytes(">dstack-guest-agent: ")
    // one line, whatever the text holds
    for byte in text { line.append(byte >= 0x20 && byte != 0x7f ? byte : UInt8(ascii: "?")) }
    line.append(0x0a)
    _ = IO.writeAll(2, line)
  }

  static func error(_ text: [UInt8]) { write(.error, text) }
  static func warning(_ text: [UInt8]) { write(.warning, text) }
  static func info(_ text: [UInt8]) { write(.info, text) }

  /// What failed, with what, and the errno or exit status.
  static func failure(_ what: StaticString, _ object: [UInt8], code: Int32) {
    error(bytes(what) + object + bytes(" (") + decimal(Int(code)) + bytes(")"))
  }
}
