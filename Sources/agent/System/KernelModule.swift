import CSystem

/// finit_module(2).
enum KernelModule {
  /// Loads a module from a file; `compressed` has the kernel unpack it. A module that is already loaded is not an error.
  static func load(_ path: [UInt8], parameters: [UInt8], compressed: Bool) throws(Errno) {
    let file = try Descriptor(path, .reading)
    let result = withPath(parameters) { sys_load_module(file.number, $0, compressed ? 1 : 0) }
    if result != -EEXIST { try Errno.check(result) }
  }
}
