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
  static func bind(_ source: StaticString, at target: [UInt8]) throws(Errno) {
    try Errno.check(withPath(target) { sys_bind(source.utf8Start, $0) })
  }

  static func unmount(_ target: [UInt8]) throws(Errno) { try Errno.check(withPath(target) { sys_unmount($0) }) }
}
