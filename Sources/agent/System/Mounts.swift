import CSystem

/// mount(2).
enum Mounts {
  /// Mounts a file system that the host provides: read-only, without devices, programs and set-user-ID.
  static func mount(_ source: [UInt8], at target: [UInt8], type: StaticString, options: StaticString) throws(Errno) {
    let result = withPath(source) { source in
      withPath(target) { sys_mount_input(source, $0, type.utf8Start, options.utf8Start) }
    }
    try Errno.check(result)
  }

  /// Mounts a file system of the kernel's: no set-user-ID programs, devices only in devtmpfs, programs only in tmpfs.
  static func mountSystem(_ type: StaticString, at target: [UInt8], options: StaticString) throws(Errno) {
    try Errno.check(withPath(target) { sys_mount_system(type.utf8Start, $0, options.utf8Start) })
  }

  /// Whether a path is on a different file system from the directory above it.
  static func isMountPoint(_ path: [UInt8]) -> Bool {
    var (own, outer) = (stat(), stat())
    return withPath(path) { stat($0, &own) } == 0 && withPath(path + "/..") { stat($0, &outer) } == 0
      && own.st_dev != outer.st_dev
  }

  /// Gives this process its own mount namespace. It keeps the mounts that exist; later ones, here and outside, stay apart.
  static func leave() throws(Errno) { try Errno.check(sys_own_mounts()) }

  /// Bind-mounts one file or directory over another.
  static func bind(_ source: [UInt8], at target: [UInt8]) throws(Errno) {
    try Errno.check(withPath(source) { source in withPath(target) { sys_bind(source, $0) } })
  }

  /// Mounts the ext4 of a block device, without devices and set-user-ID programs. Returns 0 or -errno.
  static func mountDisk(_ device: [UInt8], at target: [UInt8]) -> Int32 { settleDisk(device, at: target, blocks: .max) }

  /// Mounts it for a moment, to resize it to so many blocks, or with 0 blocks to replay its journal. Returns 0 or -errno.
  @inline(never)
  static func settleDisk(_ device: [UInt8], at target: [UInt8], blocks: UInt64) -> Int32 {
    withPath(device) { device in withPath(target) { sys_mount_disk(device, $0, blocks) } }
  }

  /// Unmounts what is mounted there, without following a symbolic link.
  static func unmount(_ target: [UInt8]) throws(Errno) { try Errno.check(withPath(target) { sys_unmount($0) }) }
}
