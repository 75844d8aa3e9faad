import CSystem

/// statvfs(3) of a path, or where the way to it is closed by now, of what lay there at first.
final class DiskSpace {
  let path: [UInt8]
  private let first: Descriptor

  init(_ path: [UInt8]) {
    self.path = path
    // O_PATH, which glibc hides: for its place alone
    first = Descriptor(owning: withPath(path) { sys_open($0, 0x20_0000, 0) })
  }

  /// Bytes of the file system that the path lies on, and those that ordinary users may still fill; nil if it cannot be asked.
  var space: (size: UInt64, free: UInt64)? {
    var status = statvfs()
    guard withPath(path, { statvfs($0, &status) }) == 0 || fstatvfs(first.number, &status) == 0 else { return nil }
    let unit = UInt64(status.f_frsize)
    return (UInt64(status.f_blocks) &* unit, UInt64(status.f_bavail) &* unit)
  }
}
