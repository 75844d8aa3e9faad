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
    var names: [[UInt8]] = []
    var name: [UInt8] = []
    // each ends with a NUL
    for at in 0..<max(0, Int(used)) {
      if buffer[at] != 0 {
        name.append(UInt8(bitPattern: buffer[at]))
      } else {
        names.append(name)
        name = []
      }
    }
    return names
  }

  /// The names in it that do not begin with a dot, in byte order, as many as fit likewise.
  static func namesInOrder(_ path: [UInt8]) -> [[UInt8]] {
    var ordered: [[UInt8]] = []
    for name in names(path, prefix: "") where name.first != UInt8(ascii: ".") {
      var place = ordered.count
      while place > 0, isBefore(name, ordered[place - 1]) { place -= 1 }
      ordered.insert(name, at: place)
    }
    return ordered
  }

  private static func isBefore(_ name: [UInt8], _ other: [UInt8]) -> Bool {
    var index = 0
    while index < name.count, index < other.count, name[index] == other[index] { index += 1 }
    return index < other.count && (index == name.count || name[index] < other[index])
  }
}
