/// Attributes of sysfs and configfs: a value is read and written whole, by a single call.
enum KernelFile {
  /// A value of at most `limit` bytes; what is longer is cut.
  @inline(never)
  static func read(_ path: [UInt8], _ limit: Int) throws(Errno) -> [UInt8] { try Descriptor(path, .reading).read(limit) }

  /// For attributes of sysfs, which act on the write.
  static func write(_ path: [UInt8], _ value: [UInt8]) throws(Errno) { try Descriptor(path, .writing).write(value) }

  /// For binary attributes of configfs, which act on the close.
  static func writeAndClose(_ path: [UInt8], _ value: [UInt8]) throws(Errno) {
    let file = try Descriptor(path, .writing)
    try file.write(value)
    try file.finish()
  }
}
