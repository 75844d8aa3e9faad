import CSystem

enum Directory {
  static func make(_ path: [UInt8], mode: UInt32) throws(Errno) {
    _ = try Errno.check(withPath(path) { mkdir($0, mode) == 0 ? 0 : -sys_errno() })
  }

  /// Removes an empty one; what cannot be removed stays.
  static func remove(_ path: [UInt8]) { _ = withPath(path) { rmdir($0) } }

  /// The names in it that start with `prefix`, as many as fit in `Limits.staleEntries` bytes.
  static func names(_ path: [UInt8], prefix: StaticString) -> [[UInt8]] {
    var buffer = [CChar](repeating: 0, count: Limits.staleEntries)
    let used = withPath(path) { directory in
      withPath(bytes(prefix)) { sys_list(directory, $0, &buffer, buffer.count) }
    }
    guard used > 0 else { return [] }
    return buffer[..<Int(used)].split(separator: 0).map { $0.map { UInt8(bitPattern: $0) } }
  }
}
