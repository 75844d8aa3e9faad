import CSystem

/// Lines on stderr. If that is not a terminal, each line begins with its syslog priority as `<n>`, which the journal and the
/// kernel's log strip (sd-daemon(3)). The agent does not wait for their readers for longer than a moment (`LineOutput`).
enum Log {
  /// Syslog's priorities (syslog(3)).
  enum Priority: UInt8 { case error = 3, warning = 4, notice = 5, info = 6 }

  nonisolated(unsafe) private static var output = LineOutput(2)

  /// From now on a line may wait for this many milliseconds (`LineOutput`).
  static func wait(_ patience: Int32) { output.wait(patience) }

  /// Writes a line. Control characters become `?`.
  static func write(_ priority: Priority, _ text: consuming [UInt8]) {
    var line: [UInt8] = []
    if isatty(2) == 0 { line = bytes("<") + decimal(Int(priority.rawValue)) + ">" }
    line += "dstack-guest-agent: "
    // one line, whatever the text holds
    for byte in text { line.append(byte >= 0x20 && byte != 0x7f ? byte : UInt8(ascii: "?")) }
    line.append(0x0a)
    output.write(line)
  }

  /// Writes output of programs, unchanged.
  static func relay(_ text: [UInt8]) { output.write(text) }

  /// Lines of each priority, with a text that is composed or a literal.
  static func error(_ text: consuming [UInt8]) { write(.error, text) }
  static func warning(_ text: consuming [UInt8]) { write(.warning, text) }
  static func info(_ text: consuming [UInt8]) { write(.info, text) }
  @inline(never)
  static func error(_ text: StaticString) { write(.error, bytes(text)) }
  @inline(never)
  static func warning(_ text: StaticString) { write(.warning, bytes(text)) }
  @inline(never)
  static func info(_ text: StaticString) { write(.info, bytes(text)) }

  /// Logs what failed, for which object, and why.
  @inline(never)
  static func failure(_ what: StaticString, _ object: [UInt8], _ reason: Errno) {
    error(bytes(what) + object + ": " + reason.text)
  }
}
