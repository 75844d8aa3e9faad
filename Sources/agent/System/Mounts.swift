import CSystem

/// mount(2).
enum Mounts {
  /// A file system of the host's: read-only, without devices and programs.
  static func mount(_ source: [UInt8], at target: [UInt8], type: StaticString, options: StaticString) throws(Errno) {
    let result = withPath(source) { source in
      withPath(target) { sys_mount_input(source, $0, type.utf8Start, options.utf8Start) }
    }
    try Errno.check(result)
  }

  /// A file system of the kernel's own, without set-user-ID programs; devices in devtmpfs alone, programs in tmpfs alone.
  static func mountSystem(_ type: StaticString, at target: [UInt8], options: StaticString) throws(Errno) {
    try Errno.check(withPath(target) { sys_mount_system(type.utf8Start, $0, options.utf8Start) })
  }

  /// Whether another file system than that of the directory around it is mounted there.
  static func isMountPoint(_ path: [UInt8]) -> Bool {
    var (own, outer) = (stat(), stat())
    return withPath(path) { stat($0, &own) } == 0 && withPath(path + "/..") { stat($0, &outer) } == 0
      && own.st_dev != outer.st_dev
  }

  /// From now on this process has mounts of its own: those of before, and what it mounts.
  static func leave() throws(Errno) { try Errno.check(sys_own_mounts()) }

  /// Something in the place of something else.
  static func bind(_ source: [UInt8], at target: [UInt8]) throws(Errno) {
    try Errno.check(withPath(source) { source in withPath(target) { sys_bind(source, $0) } })
  }

  /// The ext4 of a block device, without devices and set-user-ID programs.
  static func mountDisk(_ device: [UInt8], at target: [UInt8]) -> Int32 {
    withPath(device) { device in withPath(target) { sys_mount_disk(device, $0) } }
  }

  /// Mounts it there for a moment, to give it so many blocks, or with 0 blocks to have written what is left in its journal.
  static func settleDisk(_ device: [UInt8], at target: [UInt8], blocks: UInt64) -> Int32 {
    withPath(device) { device in withPath(target) { sys_settle_disk(device, $0, blocks) } }
  }

  static func unmount(_ target: [UInt8]) throws(Errno) { try Errno.check(withPath(target) { sys_unmount($0) }) }
}
