import CSystem

/// statvfs(3) of a path; or if this process can no longer reach it, of the directory that was there at first.
final class DiskSpace {
  /// The path.
  let path: [UInt8]
  private let first: Descriptor

  init(_ path: [UInt8]) {
    self.path = path
    // O_PATH, which glibc hides: refers to the directory, but cannot read it
    first = Descriptor(owning: withPath(path) { sys_open($0, 0x20_0000, 0) })
  }

  /// The size of the file system that holds the path, and what unprivileged users may still fill, in bytes; nil if statvfs fails.
  var space: (size: UInt64, free: UInt64)? {
    var status = statvfs()
    guard withPath(path, { statvfs($0, &status) }) == 0 || fstatvfs(first.number, &status) == 0 else { return nil }
    let unit = UInt64(status.f_frsize)
    return (UInt64(status.f_blocks) &* unit, UInt64(status.f_bavail) &* unit)
  }
}
