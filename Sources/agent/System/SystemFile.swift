/// A text from the kernel about the machine, opened once and read from its start each time.
final class SystemFile {
  private let file: Descriptor

  /// A file that cannot be opened has an empty text.
  init(_ path: [UInt8]) { file = (try? Descriptor(path, .reading)) ?? Descriptor(owning: -1) }
  @inline(never)
  convenience init(_ path: StaticString) { self.init(bytes(path)) }

  /// Up to `limit` bytes; empty if it cannot be read.
  func text(limit: Int = Limits.systemText) -> [UInt8] {
    var text: [UInt8] = []
    while text.count < limit {
      guard let part = try? file.read(min(limit - text.count, Limits.copyChunk), at: text.count), !part.isEmpty,
        Memory.makeRoom(part.count, behind: &text)
      else { break }
      text += part
    }
    return text
  }
}
