import CSystem

/// Writes lines to a descriptor without waiting for its reader for longer than a moment. What does not fit is lost; once there is room
/// again, a line says how many lines were lost.
struct LineOutput {
  private var output: sys_output

  /// `patience` is how many milliseconds a write may wait for room, twice at most, unless the last one was lost.
  init(_ descriptor: Int32, patience: Int32 = Limits.logPatience) {
    output = sys_output(to: pollfd(fd: descriptor, events: Poll.writable, revents: 0), patience: patience, is_cut: 0, lost: 0)
  }

  /// Writes lines or parts of lines; at most as much per call as a pipe takes at once.
  mutating func write(_ text: [UInt8]) {
    text.withUnsafeBytes { sys_write_lines(&output, $0.baseAddress, $0.count) }
  }
}
