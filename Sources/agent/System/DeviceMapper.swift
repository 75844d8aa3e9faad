import CSystem

/// Disks by the kernel's device mapper. Results are as of the C functions: what fails is a negative errno value.
enum DeviceMapper {
  /// Makes a device of that name that decrypts what is behind the first MiB of a disk, and returns its number. The kernel has a copy of
  /// the key as long as the device is there; it is in no text of its table.
  static func encrypt(_ name: StaticString, _ disk: [UInt8], sectors: UInt64, key: borrowing Secret) -> Int32 {
    let size = key.count
    return key.withUnsafeBytes { key in withPath(disk) { sys_encrypt(name.utf8Start, $0, sectors, key, size) } }
  }

  static func remove(_ name: StaticString) throws(Errno) { try Errno.check(sys_unmap(name.utf8Start)) }
}

/// What is written to disks without a file system of the kernel's.
enum RawDisk {
  /// Writes what a device begins with, but for so many bytes of it, and waits until it lasts.
  static func write(_ data: [UInt8], from offset: Int, to path: [UInt8]) -> Int32 {
    withPath(path) { sys_write_through($0, data, data.count, offset) }
  }

  /// The first so many blocks of 4096 bytes of an ext4 of 128 MiB, which has nothing behind them (support/disk-template.py).
  static func template(blocks: Int) -> [UInt8] {
    var data = [UInt8](repeating: 0, count: blocks * 4096)
    sys_template(&data)
    return data
  }
}
