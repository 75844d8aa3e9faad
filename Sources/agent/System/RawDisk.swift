import CSystem

/// Writes to disks without a file system.
enum RawDisk {
  /// Writes `data` from `offset` on to the same offset of a device, and waits until it is on the disk. Returns 0 or -errno.
  static func write(_ data: [UInt8], from offset: Int, to path: [UInt8]) -> Int32 {
    withPath(path) { sys_write_through($0, data, data.count, offset) }
  }

  /// The first `blocks` blocks, 35 at least, of an ext4 of 128 MiB with blocks of 4096 bytes. The rest of it is zeros
  /// (support/disk-template.py).
  static func template(blocks: Int) -> [UInt8] {
    var data = [UInt8](repeating: 0, count: blocks * 4096)
    sys_template(&data)
    return data
  }
}
