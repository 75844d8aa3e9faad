import CSystem

/// Ordinary memory.
enum Memory {
  /// Whether there is so much of it in one piece. An array that finds none ends the process: what others may make larger than
  /// `Limits.largeBody` is asked for here first. Nothing else takes it away, as there is one thread.
  static func has(_ count: Int) -> Bool {
    guard let memory = malloc(count + pageSize) else { return false }
    free(memory)
    return true
  }

  /// What an array needs beside its bytes, amply.
  private static let pageSize = 4096
}
