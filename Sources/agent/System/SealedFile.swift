import CSystem

/// A file in memory that nobody can change any more, for what is too long for a message.
enum SealedFile {
  static func make(_ content: [UInt8]) throws(AgentError) -> Descriptor {
    let file = try Descriptor(taking: sys_memory_file(), "no memory for a message")
    guard IO.writeAll(file.number, content), sys_seal(file.number) == 0 else { throw .failed("no memory for a message") }
    return file
  }

  /// The content; nil of what is no such file, could still be changed, or holds more than `limit` bytes or memory has room for.
  static func content(_ file: OpenFile, limit: Int) -> [UInt8]? {
    guard sys_is_sealed(file.number) != 0, let file = file.take(), let size = try? file.size(), size <= limit else {
      return nil
    }
    guard let content = try? file.read(size, at: 0), content.count == size else { return nil }
    return content
  }
}
