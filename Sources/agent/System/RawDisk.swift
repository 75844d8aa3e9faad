import CSystem

/// Writes to disks without the kernel's file system.
enum RawDisk {
  /// Writes `data` from `offset` on to the same place on a device, and waits until it is on the disk.
  static func write(_ data: [UInt8], from offset: Int, to path: [UInt8]) -> Int32 {
    withPath(path) { sys_write_through($0, data, data.count, offset) }
  }

  /// The first `blocks` blocks, of 4096 bytes, of an ext4 of 128 MiB that has only zeros after them (support/disk-template.py).
  static func template(blocks: Int) -> [UInt8] {
    var data = [UInt8](repeating: 0, count: blocks * 4096)
    sys_template(&data)
    return data
  }
}
