import CSystem

/// Writes lines to a descriptor without waiting for its reader for longer than a moment. What does not fit is lost; once there is room
/// again, a line says how many lines were lost.
struct LineOutput {
  private var output: sys_output

  init(_ descriptor: Int32) {
    output = sys_output(
      to: pollfd(fd: descriptor, events: Poll.writable, revents: 0), patience: Limits.logPatience, is_cut: 0, lost: 0)
  }

  /// From now on a write may wait for room for this many milliseconds, twice at most, unless the last one was lost.
  mutating func wait(_ patience: Int32) { output.patience = patience }

  /// Writes lines or parts of lines; at most as much per call as a pipe takes at once.
  mutating func write(_ text: [UInt8]) {
    text.withUnsafeBytes { sys_write_lines(&output, $0.baseAddress, $0.count) }
  }
}
