import CSystem

/// File systems of the host's, mounted read-only, without devices and programs.
enum Mounts {
  static func mount(_ source: [UInt8], at target: [UInt8], type: StaticString, options: StaticString) throws(Errno) {
    let result = withPath(source) { source in
      withPath(target) { target in
        withPath(bytes(type)) { type in withPath(bytes(options)) { sys_mount_input(source, target, type, $0) } }
      }
    }
    _ = try Errno.check(result)
  }

  static func unmount(_ target: [UInt8]) throws(Errno) { _ = try Errno.check(withPath(target) { sys_unmount($0) }) }
}
