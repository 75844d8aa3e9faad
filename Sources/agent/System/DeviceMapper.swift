import CSystem

/// The kernel's device mapper. A negative result is -errno, as from the C functions.
enum DeviceMapper {
  /// Creates a device that decrypts a disk of `sectors` sectors of 512 bytes, less its first MiB, and returns the device's minor
  /// number. The kernel keeps a copy of the key while the device exists; the table that can be read back does not contain it.
  static func encrypt(_ name: StaticString, _ disk: [UInt8], sectors: UInt64, key: borrowing Secret) -> Int32 {
    let size = key.count
    return key.withUnsafeBytes { key in withPath(disk) { sys_encrypt(name.utf8Start, $0, sectors, key, size) } }
  }

  /// Removes a device.
  static func remove(_ name: StaticString) throws(Errno) { try Errno.check(sys_unmap(name.utf8Start)) }
}
