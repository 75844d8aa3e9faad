import CSystem

/// Ordinary memory.
enum Memory {
  /// Whether there is so much of it in one piece. An array that finds none ends the process: what others may make larger than
  /// `Limits.largeBody` is asked for here first. Nothing else takes it away, as there is one thread.
  static func has(_ count: Int) -> Bool {
    // pages and not malloc, which the compiler takes away where nothing is done with what it gives; twice as many, as an allocator may
    // round up
    guard let pages = sys_map(2 * count) else { return false }
    munmap(pages, 2 * count)
    return true
  }
}
