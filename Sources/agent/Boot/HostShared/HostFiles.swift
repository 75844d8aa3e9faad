/// A source of the host's files: a directory, or a FAT disk.
class HostFiles {
  /// Returns the next bytes of a file; empty at the end. The host may change the file while it is read.
  typealias Reader = () throws(AgentError) -> [UInt8]

  /// Opens a file; nil if it does not exist. Throws `.failed`, naming it, if it is not a regular file.
  func open(_ name: StaticString) throws(AgentError) -> Reader? { nil }
}

/// The files of a directory.
final class HostDirectory: HostFiles {
  private let directory: OpenDirectory

  /// Throws `.failed` if the directory cannot be opened.
  init(_ path: [UInt8]) throws(AgentError) {
    directory = try Errno.explain("the host-shared directory cannot be opened", try OpenDirectory(path))
  }

  override func open(_ name: StaticString) throws(AgentError) -> Reader? {
    guard let file = try directory.open(name) else { return nil }
    let held = HeldFile(file)
    return { () throws(AgentError) in try Errno.explain("cannot be read", try held.file.read(Limits.copyChunk)) }
  }
}

/// Holds the descriptor for the closure, which cannot hold a non-copyable value itself in Embedded Swift.
private final class HeldFile {
  let file: Descriptor

  init(_ file: consuming Descriptor) { self.file = file }
}
