/// Finds files in a FAT directory, whose entries have 32 bytes each (Microsoft FAT specification, 2005, §6 and §7).
enum FATDirectory {
  /// A file or directory.
  struct Entry: Equatable {
    let isDirectory: Bool
    /// The number of its first cluster.
    let cluster: Int
    /// Bytes, as the directory claims.
    let size: Int
  }

  private static let entrySize = 32

  /// The entry with a name, ignoring case; nil if there is none. Only long names are compared: no name that we look for fits 8.3.
  static func find(_ name: StaticString, _ directory: [UInt8]) -> Entry? {
    // a long name precedes its entry, the last part first
    var long: [UInt8] = []
    var (partsLeft, sum) = (0, UInt8(0))
    for at in stride(from: 0, through: directory.count - entrySize, by: entrySize) {
      let (first, kind) = (directory[at], directory[at + 11])
      // an entry that was never used ends the directory; 0xe5 marks a deleted one
      if first == 0 { return nil }
      if first != 0xe5, kind & 0x3f == 0x0f {
        if first & 0x40 != 0 { (long, partsLeft, sum) = ([], Int(first & 0x3f), directory[at + 13]) }
        if partsLeft > 0, Int(first & 0x3f) == partsLeft, directory[at + 13] == sum {
          long = part(directory, at) + long
          partsLeft -= 1
        } else {
          partsLeft = -1
        }
        continue
      }
      // 0x08 marks the volume label
      if first != 0xe5, kind & 0x08 == 0, partsLeft == 0, long.matchesIgnoringCase(name), checksum(directory, at) == sum {
        return Entry(
          isDirectory: kind & 0x10 != 0,
          cluster: LittleEndian.decode(directory, at + 20, 2) << 16 | LittleEndian.decode(directory, at + 26, 2),
          size: LittleEndian.decode(directory, at + 28, 4))
      }
      (long, partsLeft) = ([], 0)
    }
    return nil
  }

  /// The part of a long name in an entry: up to 13 UTF-16 characters, where those outside ASCII become 0xff.
  private static func part(_ directory: [UInt8], _ at: Int) -> [UInt8] {
    var part: [UInt8] = []
    for index in 0..<13 {
      let offset = 1 + 2 * index + (index < 5 ? 0 : index < 11 ? 3 : 5)
      let character = LittleEndian.decode(directory, at + offset, 2)
      if character == 0 { break }
      part.append(character < 0x80 ? UInt8(truncatingIfNeeded: character) : 0xff)
    }
    return part
  }

  /// The checksum of the short name, which ties a long name to its entry.
  private static func checksum(_ directory: [UInt8], _ at: Int) -> UInt8 {
    var sum: UInt8 = 0
    for byte in directory[at..<(at + 11)] { sum = (sum << 7 | sum >> 1) &+ byte }
    return sum
  }
}
