/// The superblock of an ext4 (Linux, Documentation/filesystems/ext4), in the first block of the file system. A host can put an older one
/// back or garble it, but not write one of its own.
struct Superblock {
  /// Bytes of a block, here always.
  static let block = 4096
  /// In the first block, and how much of it the sum is over.
  private static let offset = 1024
  private static let sumOffset = 1020
  private static let journalIsUsed = 4

  /// All of the first block, and perhaps more.
  private(set) var data: [UInt8]

  /// Nil if there is none.
  init?(_ block: [UInt8]) {
    data = block
    guard block.count >= Self.block, number(0x38, 2) == 0xef53, number(Self.sumOffset, 4) == Int(sum), blocksPerGroup > 0 else {
      return nil
    }
  }

  var blocks: UInt64 { UInt64(number(4, 4)) | UInt64(number(0x150, 4)) << 32 }
  var blocksPerGroup: UInt64 { UInt64(number(0x20, 4)) }
  /// It was not unmounted: what is in the journal is to be written first.
  var needsReplay: Bool { number(0x60, 4) & Self.journalIsUsed != 0 }
  /// The kernel has found something wrong in it.
  var hasErrors: Bool { number(0x3a, 2) & 2 != 0 }

  /// Whether a group or more is added by making it so large: less is not.
  func isGrown(by size: UInt64) -> Bool { size > blocks && size - blocks >= blocksPerGroup }

  /// Makes it another one than that of the template, by 32 random bytes.
  mutating func identify(_ random: [UInt8]) {
    var identifier = Array(random[..<16])
    identifier[6] = identifier[6] & 0x0f | 0x40
    identifier[8] = identifier[8] & 0x3f | 0x80
    put(identifier, 0x68)
    put(Array(random[16..<32]), 0xec)
    seal()
  }

  /// Gives it the size from before a growth of which the superblock has reached the disk earlier than the descriptors of the new groups:
  /// the journal has them all. What is free is counted anew by the kernel.
  mutating func turnBack(to blocks: UInt64) {
    let groups = (blocks &+ blocksPerGroup &- 1) / blocksPerGroup
    put(groups &* UInt64(number(0x28, 4)), 0, 4)
    put(blocks, 4, 4)
    put(blocks >> 32, 0x150, 4)
    // reserved and free blocks, free inodes
    put(0, 8, 4)
    put(0, 0x154, 8)
    put(0, 0xc, 8)
    seal()
  }

  private var sum: UInt32 { CRC32C.sum(data[Self.offset..<Self.offset + Self.sumOffset]) }

  private mutating func seal() { put(UInt64(sum), Self.sumOffset, 4) }

  private func number(_ offset: Int, _ count: Int) -> Int { LittleEndian.decode(data, Self.offset + offset, count) }

  private mutating func put(_ number: UInt64, _ offset: Int, _ count: Int) {
    put(Array(LittleEndian.encode(number)[..<count]), offset)
  }

  private mutating func put(_ bytes: [UInt8], _ offset: Int) {
    for index in bytes.indices { data[Self.offset + offset + index] = bytes[index] }
  }
}
