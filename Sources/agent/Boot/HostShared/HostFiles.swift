/// Where the host's files are read from.
class HostFiles {
  /// Gives the next bytes of a file, which may change while it is read; none at the end.
  typealias Reader = () throws(AgentError) -> [UInt8]

  /// Nil if there is no such file. Throws `.failed`, with the name, for what is no regular file.
  func open(_ name: StaticString) throws(AgentError) -> Reader? { nil }
}

/// Files of a directory.
final class HostDirectory: HostFiles {
  private let directory: OpenDirectory

  init(_ path: [UInt8]) throws(AgentError) {
    directory = try Errno.explain("the host-shared directory cannot be opened", try OpenDirectory(path))
  }

  override func open(_ name: StaticString) throws(AgentError) -> Reader? {
    guard let file = try directory.open(name) else { return nil }
    let held = HeldFile(file)
    return { () throws(AgentError) in try Errno.explain("cannot be read", try held.file.read(Limits.copyChunk)) }
  }
}

/// For the closure, which cannot have a file of its own in Embedded Swift.
private final class HeldFile {
  let file: Descriptor

  init(_ file: consuming Descriptor) { self.file = file }
}
