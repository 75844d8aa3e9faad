import CSystem

/// An immutable file in memory, for what is too long for a message.
enum SealedFile {
  /// Creates one.
  static func make(_ content: [UInt8]) throws(AgentError) -> Descriptor {
    let file = try Descriptor(taking: sys_memory_file(), "no memory for a message")
    guard IO.writeAll(file.number, content), sys_seal(file.number) == 0 else { throw .failed("no memory for a message") }
    return file
  }

  /// Creates one of fixed size, all zeros, that its owner can write; and the same file for those who may only read it.
  static func makeShared(_ size: Int) throws(AgentError) -> (file: OpenFile, readOnly: OpenFile) {
    let failure: StaticString = "no memory for what programs write"
    let file = OpenFile(try Descriptor(taking: sys_memory_file(), failure))
    guard ftruncate(file.number, size) == 0, fchmod(file.number, 0o400) == 0, sys_seal_size(file.number) == 0,
      let other = try? Descriptor(bytes("/proc/self/fd/") + decimal(Int(file.number)), .reading)
    else { throw .failed(failure) }
    return (file, OpenFile(other))
  }

  /// Takes the content; nil if the file is not sealed, or holds more than `limit` bytes or than memory has room for.
  static func content(_ file: OpenFile, limit: Int) -> [UInt8]? {
    guard sys_is_sealed(file.number) != 0, let file = file.take(), let size = try? file.size(), size <= limit else {
      return nil
    }
    guard let content = try? file.read(size, at: 0), content.count == size else { return nil }
    return content
  }
}
