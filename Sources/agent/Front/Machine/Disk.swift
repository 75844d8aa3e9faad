/// A file system that is reported because the configuration lists it. Sizes are in bytes; `free` is what unprivileged users may fill.
final class Disk {
  let name: [UInt8]
  let mountPoint: [UInt8]
  let size: UInt64
  let free: UInt64

  init(name: [UInt8], mountPoint: [UInt8], size: UInt64, free: UInt64) {
    (self.name, self.mountPoint, self.size, self.free) = (name, mountPoint, size, free)
  }

  /// What is not free, in bytes.
  var used: UInt64 { size - min(size, free) }

  /// Hundredths of a percent, 0 to 10,000.
  var usage: UInt64 {
    // divided first where the product would not fit
    if used >> 48 > 0 { return min(used / (size / 10_000), 10_000) }
    return size == 0 ? 0 : used * 10_000 / size
  }

  /// The source of what is mounted at a path, in the text of /proc/self/mounts (proc(5)); nil if nothing is. Of several mounts,
  /// the last is the visible one.
  static func source(of mountPoint: [UInt8], _ mounts: [UInt8]) -> [UInt8]? {
    var found: [UInt8]?
    for line in TextParts(linesOf: mounts) {
      let place = TextWords(line)[1]
      // an escape takes four bytes for one
      guard place.count <= 4 * mountPoint.count, unescaped(place) == mountPoint else { continue }
      found = unescaped(TextWords(line)[0])
    }
    return found
  }

  /// Space, tab, line feed and backslash are written as `\` and three octal digits.
  private static func unescaped(_ text: ArraySlice<UInt8>) -> [UInt8] {
    var out: [UInt8] = []
    var at = text.startIndex
    while at < text.endIndex {
      if text[at] == UInt8(ascii: "\\"), at + 3 < text.endIndex {
        var value: UInt32 = 0
        for digit in text[(at + 1)...(at + 3)] { value = value << 3 | UInt32(digit & 7) }
        out.append(UInt8(truncatingIfNeeded: value))
        at += 4
      } else {
        out.append(text[at])
        at += 1
      }
    }
    return out
  }
}
