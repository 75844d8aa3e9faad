/// The entries of a FAT directory (Microsoft FAT specification, 2005, §6 and §7), 32 bytes each.
enum FATDirectory {
  struct Entry: Equatable {
    let isDirectory: Bool
    /// The first one.
    let cluster: Int
    /// Bytes.
    let size: Int
  }

  private static let entrySize = 32

  /// The entry with a name, letters of either case being equal. Only long names are looked at: none that is asked for fits 8.3.
  static func find(_ name: StaticString, _ directory: [UInt8]) -> Entry? {
    // a long name stands in front of its entry, the last part first
    var long: [UInt8] = []
    var (partsLeft, sum) = (0, UInt8(0))
    for at in stride(from: 0, through: directory.count - entrySize, by: entrySize) {
      let (first, kind) = (directory[at], directory[at + 11])
      // the first entry that was never used ends the directory; 0xe5 begins one that is used no more
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
      // 0x08 is the volume's label
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

  /// Up to 13 characters in UTF-16, of which those above ASCII become 0xff.
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

  /// Of the short name, which ties a long name to its entry.
  private static func checksum(_ directory: [UInt8], _ at: Int) -> UInt8 {
    var sum: UInt8 = 0
    for byte in directory[at..<(at + 11)] { sum = (sum << 7 | sum >> 1) &+ byte }
    return sum
  }
}
