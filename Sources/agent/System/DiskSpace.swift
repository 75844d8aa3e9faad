import CSystem

/// statvfs(3).
enum DiskSpace {
  /// Bytes of the file system that a path lies on, and those that ordinary users may still fill; nil if it cannot be asked.
  static func space(_ path: [UInt8]) -> (size: UInt64, free: UInt64)? {
    var status = statvfs()
    guard withPath(path, { statvfs($0, &status) }) == 0 else { return nil }
    let unit = UInt64(status.f_frsize)
    return (UInt64(status.f_blocks) &* unit, UInt64(status.f_bavail) &* unit)
  }
}
