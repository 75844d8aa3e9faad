import CSystem

/// Lines to a descriptor whose reader nobody waits for: what it has no room for is lost, and told at the place where it is missing, once
/// there is room again.
struct LineOutput {
  private var output: sys_output

  init(_ descriptor: Int32) {
    output = sys_output(to: pollfd(fd: descriptor, events: Poll.writable, revents: 0), is_cut: 0, lost: 0)
  }

  /// Writes lines, or parts of some; of one call at most as much as a pipe takes whole.
  mutating func write(_ text: [UInt8]) {
    text.withUnsafeBytes { sys_write_lines(&output, $0.baseAddress, $0.count) }
  }
}
