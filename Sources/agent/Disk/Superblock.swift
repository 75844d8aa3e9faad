/// The superblock of an ext4 file system (Linux, Documentation/filesystems/ext4/super.rst), in its first block. Because it is
/// encrypted, the host can put back an older one or garble it, but cannot write one of its choice.
final class Superblock {
  /// Bytes of a block. The template has this size, and other sizes are not supported.
  static let block = 4096
  /// Its offset in the first block; the offset of its checksum, which covers all bytes before it; and the flag INCOMPAT_RECOVER.
  private static let offset = 1024
  private static let sumOffset = 1020
  private static let journalIsUsed: UInt64 = 4

  /// The first block, and any blocks after it.
  private(set) var data: [UInt8]

  /// Nil if `block` does not begin with a block that holds a valid superblock.
  init?(_ block: [UInt8]) {
    data = block
    guard block.count >= Self.block, number(0x38, 2) == 0xef53, number(Self.sumOffset, 4) == sum, blocksPerGroup > 0 else {
      return nil
    }
  }

  /// For blocks that are valid but for the superblock's checksum.
  init(sealing data: [UInt8]) {
    self.data = data
    seal()
  }

  /// Blocks of the file system.
  var blocks: UInt64 { number(4, 4) | number(0x150, 4) << 32 }
  /// Blocks of a group.
  var blocksPerGroup: UInt64 { number(0x20, 4) }
  /// Whether the journal must be replayed: the file system was not unmounted.
  var needsReplay: Bool { number(0x60, 4) & Self.journalIsUsed != 0 }
  /// Whether the kernel has found errors in this file system.
  var hasErrors: Bool { number(0x3a, 2) & 2 != 0 }

  /// Whether `size` is at least one group of blocks more than there are. For less the file system is not grown.
  func isGrown(by size: UInt64) -> Bool {
    let blocks = self.blocks
    return size > blocks && size - blocks >= blocksPerGroup
  }

  /// Restores the size from before a growth that was interrupted: the superblock had reached the disk, but the descriptors of the new groups
  /// had not. The journal has them all, and replaying it grows the file system again. The kernel recounts what is free.
  func turnBack(to blocks: UInt64) {
    let groups = (blocks &+ blocksPerGroup &- 1) / blocksPerGroup
    put(groups &* number(0x28, 4), 0, 4)
    // reserved and free blocks, free inodes
    put(blocks & 0xffff_ffff, 4, 8)
    put(0, 0xc, 8)
    put(blocks >> 32, 0x150, 4)
    put(0, 0x154, 8)
    seal()
  }

  private var sum: UInt64 { UInt64(CRC32C.sum(data[Self.offset..<Self.offset + Self.sumOffset])) }

  private func seal() { put(sum, Self.sumOffset, 4) }

  @inline(never)
  private func number(_ offset: Int, _ count: Int) -> UInt64 {
    UInt64(truncatingIfNeeded: LittleEndian.decode(data, Self.offset + offset, count))
  }

  @inline(never)
  private func put(_ number: UInt64, _ offset: Int, _ count: Int) {
    LittleEndian.put(number, &data, Self.offset + offset, count)
  }
}
