import CSystem

/// An open directory: it stays the same one, whatever becomes of its path. Its files must be regular ones, and symbolic links are
/// not followed. Errors begin with the file's name.
struct OpenDirectory: ~Copyable {
  private static let newSuffix: StaticString = ".new"

  private let descriptor: Descriptor

  /// Opens it.
  init(_ path: [UInt8]) throws(Errno) {
    descriptor = try Descriptor(taking: withPath(path) { sys_open($0, O_RDONLY | O_DIRECTORY, 0) })
  }

  /// Creates it if it is missing, and closes it to all other users: mode 0700.
  init(ownedBy path: [UInt8]) throws(Errno) {
    try Directory.makeIfMissing(path, mode: 0o700)
    let opened = try Descriptor(taking: withPath(path) { sys_open($0, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0) })
    try Errno.last(Int(fchmod(opened.number, 0o700)))
    descriptor = opened
  }

  /// Keeps out other processes that call this, until the owner goes; false if one was here first.
  borrowing func lock() -> Bool { flock(descriptor.number, LOCK_EX | LOCK_NB) == 0 }

  /// A file's content, nil if there is no such file. Throws `.failed` if it holds more than `limit` bytes or is not a regular
  /// file.
  borrowing func read(_ name: StaticString, limit: Int) throws(AgentError) -> [UInt8]? {
    guard let file = try open(name) else { return nil }
    return try AgentError.during(name, try file.content(limit: limit))
  }

  /// Writes a file of mode 0600, and replaces one of that name: readers see the old file or the new one, whole.
  borrowing func replace(_ name: StaticString, with data: [UInt8]) throws(AgentError) {
    var rest: [UInt8]? = data
    try replace(name, limit: data.count) { rest.take() ?? [] }
  }

  /// The same, with what `next` returns until that is empty. Throws `.failed` for more than `limit` bytes.
  @inline(never)
  borrowing func replace(
    _ name: StaticString, limit: Int, with next: () throws(AgentError) -> [UInt8]
  ) throws(AgentError) {
    let directory = descriptor.number
    let new = bytes(name) + bytes(Self.newSuffix)
    do throws(AgentError) {
      // a process that was killed may have left one
      _ = withPath(new) { unlinkat(directory, $0, 0) }
      let made = withPath(new) { sys_openat(directory, $0, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600) }
      let file = try Descriptor(taking: made, "cannot be made")
      var left = limit
      while case let part = try next(), !part.isEmpty {
        if part.count > left { throw .failed("is too large") }
        left -= part.count
        guard IO.writeAll(made, part) else { throw .failed("cannot be written", errno: sys_errno()) }
      }
      do throws(Errno) { try file.finish() } catch { throw .failed("cannot be written", errno: error.code) }
      let renamed = withPath(new) { renameat(directory, $0, directory, name.utf8Start) }
      guard renamed == 0 else { throw .failed("cannot be renamed", errno: sys_errno()) }
    } catch {
      _ = withPath(new) { unlinkat(directory, $0, 0) }
      throw error.during(name)
    }
  }

  /// Removes a file if it exists, and what a process that was killed in `replace` may have left.
  borrowing func remove(_ name: StaticString) {
    for path in [bytes(name), bytes(name) + bytes(Self.newSuffix)] {
      _ = withPath(path) { unlinkat(descriptor.number, $0, 0) }
    }
  }

  /// Opens a file; nil if there is none. Throws `.failed` if it is not a regular file.
  borrowing func open(_ name: StaticString) throws(AgentError) -> Descriptor? {
    var status = stat()
    // checked first because opening a device can have effects, and again because the file may have been replaced in between
    let looked = fstatat(descriptor.number, name.utf8Start, &status, AT_SYMLINK_NOFOLLOW)
    if looked != 0, sys_errno() == ENOENT { return nil }
    do throws(AgentError) {
      try Self.check(looked, status)
      let flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY
      let file = try Descriptor(taking: sys_openat(descriptor.number, name.utf8Start, flags, 0), "cannot be opened")
      try Self.check(fstat(file.number, &status), status)
      return file
    } catch {
      throw error.during(name)
    }
  }

  /// Throws unless a stat(2), of this result, found a regular file.
  private static func check(_ result: Int32, _ status: stat) throws(AgentError) {
    if result != 0 { throw .failed("cannot be inspected", errno: sys_errno()) }
    let kind = status.st_mode & mode_t(S_IFMT)
    if kind == mode_t(S_IFLNK) { throw .failed("is a symbolic link") }
    if kind != mode_t(S_IFREG) { throw .failed("is not a regular file") }
  }
}
