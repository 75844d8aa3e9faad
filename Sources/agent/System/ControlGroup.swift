/// cgroups(7), version 2.
enum ControlGroup {
  /// The container or unit that a process belongs to, from the text of /proc/PID/cgroup: its path, cut before any groups that
  /// it could make itself, so that nobody gets a second share by making groups. Empty if there is none.
  static func owner(_ text: [UInt8]) -> [UInt8] {
    for line in TextParts(linesOf: text) {
      guard let path = line.behind("0::/") else { continue }
      return owner(path)
    }
    return []
  }

  /// A systemd unit (`.service` or `.scope`) or a container of LXC (`lxc.payload.`) owns everything below it; only below slices, because
  /// elsewhere a container may have chosen the name. So does a container whose name ends in 64 hex digits. Elsewhere, two levels count.
  private static func owner(_ path: ArraySlice<UInt8>) -> [UInt8] {
    var (end, level, isSlice) = (path.startIndex, 0, true)
    for part in TextParts(path, by: UInt8(ascii: "/")) {
      (end, level) = (part.endIndex, level + 1)
      if isSlice && isUnit(part) || isContainer(part) { return Array(path[..<end]) }
      isSlice = isSlice && part.suffix(6).matches(".slice")
    }
    return level <= 2 ? Array(path) : Array(path[..<secondLevel(path)])
  }

  private static func secondLevel(_ path: ArraySlice<UInt8>) -> Int {
    var parts = TextParts(path, by: UInt8(ascii: "/"))
    _ = parts.next()
    return parts.next()?.endIndex ?? path.endIndex
  }

  private static func isUnit(_ name: ArraySlice<UInt8>) -> Bool {
    name.suffix(8).matches(".service") || name.suffix(6).matches(".scope") || name.behind("lxc.payload.") != nil
  }

  private static func isContainer(_ name: ArraySlice<UInt8>) -> Bool {
    name.count >= 64 && name.suffix(64).allSatisfy { Hex.value($0) != nil }
  }
}
