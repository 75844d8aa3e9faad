import CSystem

/// A directory that is open: it stays the same one whatever becomes of its path. Its files are regular ones, and links are not
/// followed. What goes wrong with a file is told behind its name.
struct OpenDirectory: ~Copyable {
  private static let newSuffix: StaticString = ".new"

  private let descriptor: Descriptor

  init(_ path: [UInt8]) throws(Errno) {
    descriptor = try Descriptor(taking: withPath(path) { sys_open($0, O_RDONLY | O_DIRECTORY, 0) })
  }

  /// Makes it if it is missing, and takes it away from all other users: mode 0700.
  init(ownedBy path: [UInt8]) throws(Errno) {
    do throws(Errno) {
      try Directory.make(path, mode: 0o700)
    } catch {
      if error.code != EEXIST { throw error }
    }
    let opened = try Descriptor(taking: withPath(path) { sys_open($0, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0) })
    _ = try Errno.last(Int(fchmod(opened.number, 0o700)))
    descriptor = opened
  }

  /// Keeps other processes that call this out until the owner goes; false if one has come first.
  borrowing func lock() -> Bool { flock(descriptor.number, LOCK_EX | LOCK_NB) == 0 }

  /// A file's content, nil if there is no such file. Throws `.failed` for more than `limit` bytes, and for what is no regular file.
  borrowing func read(_ name: StaticString, limit: Int) throws(AgentError) -> [UInt8]? {
    guard let file = try open(name) else { return nil }
    do throws(AgentError) { return try file.content(limit: limit) } catch { throw error.during(name) }
  }

  /// Writes a file of mode 0600 in place of one that may be there: whoever looks sees the old or the new one, whole.
  borrowing func replace(_ name: StaticString, with data: [UInt8]) throws(AgentError) {
    try replace(name) { (out) throws(AgentError) in try Self.write(out, data) }
  }

  /// The same with what `next` gives until it gives nothing. Throws `.failed` for more than `limit` bytes.
  borrowing func replace(
    _ name: StaticString, limit: Int, with next: () throws(AgentError) -> [UInt8]
  ) throws(AgentError) {
    try replace(name) { (out) throws(AgentError) in
      var left = limit
      while true {
        let part = try next()
        if part.isEmpty { return }
        if part.count > left { throw .failed("is too large") }
        left -= part.count
        try Self.write(out, part)
      }
    }
  }

  /// Removes a file if it is there, and what a process that was killed in `replace` has left of it.
  borrowing func remove(_ name: StaticString) {
    for path in [bytes(name), bytes(name) + bytes(Self.newSuffix)] {
      _ = withPath(path) { unlinkat(descriptor.number, $0, 0) }
    }
  }

  /// A file, nil if there is none. Throws `.failed` for what is no regular one.
  borrowing func open(_ name: StaticString) throws(AgentError) -> Descriptor? {
    let directory = descriptor.number
    var status = stat()
    // looked at first because opening a device can do something, and again because it may have been exchanged
    guard withPath(bytes(name), { fstatat(directory, $0, &status, AT_SYMLINK_NOFOLLOW) }) == 0 else {
      let code = sys_errno()
      if code == ENOENT { return nil }
      throw AgentError.failed("cannot be looked at", code: code).during(name)
    }
    try Self.check(status, name)
    let flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY
    let opened = withPath(bytes(name)) { sys_openat(directory, $0, flags, 0) }
    guard opened >= 0 else { throw AgentError.failed("cannot be opened", code: -opened).during(name) }
    let file = Descriptor(owning: opened)
    guard fstat(opened, &status) == 0 else { throw AgentError.failed("cannot be looked at", code: sys_errno()).during(name) }
    try Self.check(status, name)
    return file
  }

  private static func check(_ status: stat, _ name: StaticString) throws(AgentError) {
    let kind = status.st_mode & mode_t(S_IFMT)
    if kind == mode_t(S_IFLNK) { throw AgentError.failed("is a symbolic link").during(name) }
    if kind != mode_t(S_IFREG) { throw AgentError.failed("is not a regular file").during(name) }
  }

  private borrowing func replace(
    _ name: StaticString, _ write: (Int32) throws(AgentError) -> Void
  ) throws(AgentError) {
    let directory = descriptor.number
    let new = bytes(name) + bytes(Self.newSuffix)
    do throws(AgentError) {
      // one may be left of a process that was killed
      _ = withPath(new) { unlinkat(directory, $0, 0) }
      let made = withPath(new) { sys_openat(directory, $0, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600) }
      guard made >= 0 else { throw .failed("cannot be made", code: -made) }
      let file = Descriptor(owning: made)
      try write(made)
      do throws(Errno) { try file.finish() } catch { throw .failed("cannot be written", code: error.code) }
      let renamed = withPath(new) { from in withPath(bytes(name)) { renameat(directory, from, directory, $0) } }
      guard renamed == 0 else { throw .failed("cannot be put in its place", code: sys_errno()) }
    } catch {
      _ = withPath(new) { unlinkat(directory, $0, 0) }
      throw error.during(name)
    }
  }

  private static func write(_ file: Int32, _ data: [UInt8]) throws(AgentError) {
    guard IO.writeAll(file, data) else { throw .failed("cannot be written", code: sys_errno()) }
  }
}
