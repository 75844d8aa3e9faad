import CSystem

/// Directories, by path.
enum Directory {
  /// Creates one.
  @inline(never)
  static func make(_ path: [UInt8], mode: UInt32) throws(Errno) {
    try Errno.check(withPath(path) { mkdir($0, mode) == 0 ? 0 : -sys_errno() })
  }

  /// The same, unless it exists.
  @inline(never)
  static func makeIfMissing(_ path: [UInt8], mode: UInt32) throws(Errno) {
    do throws(Errno) { try make(path, mode: mode) } catch { if error.code != EEXIST { throw error } }
  }

  /// Creates the directories of a path that are missing, the last with mode 0700 and those above it with 0755, and gives the
  /// last to a user.
  static func makeOwn(_ path: [UInt8], user: UInt32, group: UInt32) throws(Errno) {
    for end in path.indices where path[end] == UInt8(ascii: "/") && end > 0 {
      try makeIfMissing(Array(path[..<end]), mode: 0o755)
    }
    try makeIfMissing(path, mode: 0o700)
    try Errno.check(withPath(path) { chown($0, user, group) == 0 ? 0 : -sys_errno() })
  }

  /// Removes an empty directory. One that cannot be removed stays.
  static func remove(_ path: [UInt8]) { _ = withPath(path) { rmdir($0) } }

  /// The names in it that start with `prefix`, as many as fit into `Limits.staleEntries` bytes; none if it cannot be read.
  static func names(_ path: [UInt8], prefix: StaticString) -> [[UInt8]] { (try? list(path, prefix)) ?? [] }

  /// The names in it that do not begin with a dot, in byte order, as many as fit in the same way; none if it cannot be read.
  static func namesInOrder(_ path: [UInt8]) -> [[UInt8]] { (try? listInOrder(path)) ?? [] }

  private static func list(_ path: [UInt8], _ prefix: StaticString) throws(Errno) -> [[UInt8]] {
    var buffer = [UInt8](repeating: 0, count: Limits.staleEntries)
    let used = try Errno.check(withPath(path) { sys_list($0, prefix.utf8Start, &buffer, buffer.count) })
    var names: [[UInt8]] = []
    // each ends with a NUL
    for name in TextParts(buffer[..<Int(used)], by: 0) where !name.isEmpty { names.append(Array(name)) }
    return names
  }

  /// As `namesInOrder`, but throws if the directory cannot be read.
  static func listInOrder(_ path: [UInt8]) throws(Errno) -> [[UInt8]] {
    var ordered: [[UInt8]] = []
    for name in try list(path, "") where name.first != UInt8(ascii: ".") {
      let place = ordered.firstIndex { name.lexicographicallyPrecedes($0) } ?? ordered.count
      ordered.insert(name, at: place)
    }
    return ordered
  }
}
