/// Where the host's files are read from.
class HostFiles {
  /// Nil if there is no such file. Throws `.failed`, with the name, for what is no regular file.
  func open(_ name: StaticString) throws(AgentError) -> HostFile? { nil }
}

/// A file of the host's, which may change while it is read.
class HostFile {
  /// The next bytes; none at the end.
  func next() throws(AgentError) -> [UInt8] { [] }
}

/// Files of a directory.
final class HostDirectory: HostFiles {
  private let directory: OpenDirectory

  init(_ path: [UInt8]) throws(AgentError) {
    directory = try Errno.explain("the host-shared directory cannot be opened") { () throws(Errno) in try OpenDirectory(path) }
  }

  override func open(_ name: StaticString) throws(AgentError) -> HostFile? {
    guard let file = try directory.open(name) else { return nil }
    return DirectoryFile(file)
  }
}

private final class DirectoryFile: HostFile {
  private let file: Descriptor

  init(_ file: consuming Descriptor) { self.file = file }

  override func next() throws(AgentError) -> [UInt8] {
    do throws(Errno) { return try file.read(Limits.copyChunk) } catch { throw .failed("cannot be read", code: error.code) }
  }
}
