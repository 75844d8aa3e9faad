import CSystem

/// Disks without a file system.
enum RawDisk {
  /// Reads `count` bytes from `offset` on, or if it is negative, from there before the end. Throws `.failed` if there are fewer. `size`
  /// becomes the disk's.
  @inline(never)
  static func read(_ path: [UInt8], _ count: Int, at offset: Int, size: inout Int) throws(AgentError) -> [UInt8] {
    var data = [UInt8](repeating: 0, count: count)
    try Errno.check(withPath(path) { sys_read_disk($0, &data, count, offset, &size) }, "cannot be read")
    return data
  }

  /// Writes `data` from `offset` on to the same offset of a device, and waits until it is on the disk. Throws `.failed`.
  @inline(never)
  static func write(_ data: [UInt8], from offset: Int, to path: [UInt8]) throws(AgentError) {
    try Errno.check(withPath(path) { sys_write_through($0, data, data.count, offset) }, "cannot be written")
  }

  /// The first `blocks` blocks, 35 at least, of an ext4 of 128 MiB with blocks of 4096 bytes, with a UUID and a hash seed of `random`,
  /// which has 32 bytes. The rest of it is zeros (support/disk-template.py). The checksum of the superblock has to be made anew.
  static func template(blocks: Int, _ random: [UInt8]) -> [UInt8] {
    var data = [UInt8](repeating: 0, count: blocks * 4096)
    sys_template(&data, random)
    return data
  }
}
