import CSystem

/// Files, by path.
enum Files {
  /// The whole content of a file; waits for a pipe's writer. Throws `.failed` if it cannot be read or holds more than `limit`
  /// bytes.
  static func read(_ path: [UInt8], limit: Int) throws(AgentError) -> [UInt8] {
    try open(path, .reading).content(limit: limit)
  }

  /// The same for the loop, which must not block: throws `.failed` also if it is not a regular file.
  static func readRegular(_ path: [UInt8], limit: Int) throws(AgentError) -> [UInt8] {
    let file = try open(path, .readingNow)
    guard file.isRegular else { throw notRegular }
    return try file.content(limit: limit)
  }

  private static func open(_ path: [UInt8], _ access: FileAccess) throws(AgentError) -> Descriptor {
    do throws(Errno) { return try Descriptor(path, access) } catch {
      // what opening a socket gives
      throw error.isNoFile ? notRegular : .failed("cannot be opened", errno: error.code)
    }
  }

  private static var notRegular: AgentError { .failed("is not a regular file") }

  /// A text from the kernel or the image about the machine, cut at `Limits.systemText` bytes; empty if it cannot be read.
  static func systemText(_ path: StaticString) -> [UInt8] {
    (try? Descriptor(bytes(path), .reading).readAll(upTo: Limits.systemText)) ?? []
  }

  /// Whether there is something at a path.
  @inline(never)
  static func exists(_ path: [UInt8]) -> Bool { withPath(path) { access($0, F_OK) } == 0 }

  /// Whether there is a socket at a path. A symbolic link to one does not count.
  static func isSocket(_ path: [UInt8]) -> Bool {
    var status = stat()
    return withPath(path) { lstat($0, &status) } == 0 && status.st_mode & mode_t(S_IFMT) == mode_t(S_IFSOCK)
  }

  /// Whether a path leads to a regular file that this process may run.
  static func isExecutable(_ path: [UInt8]) -> Bool {
    var status = stat()
    return withPath(path) { stat($0, &status) } == 0 && status.st_mode & mode_t(S_IFMT) == mode_t(S_IFREG)
      && withPath(path) { access($0, X_OK) } == 0
  }

  /// Writes a file that everybody may read, over what it held before.
  static func publish(_ text: [UInt8], at path: [UInt8]) throws(Errno) {
    try Descriptor(path, .replacing).write(text)
    try Errno.check(withPath(path) { chmod($0, 0o644) == 0 ? 0 : -sys_errno() })
  }

  /// Makes a symbolic link, unless something is at the path already.
  static func link(_ target: [UInt8], at path: [UInt8]) {
    _ = withPath(target) { target in withPath(path) { symlink(target, $0) } }
  }

  /// The path of the directory that holds a file.
  static func directory(of path: [UInt8]) -> [UInt8] {
    guard let end = path.lastIndex(of: UInt8(ascii: "/")) else { return bytes(".") }
    return end == 0 ? bytes("/") : Array(path[..<end])
  }

  /// Creates the directory that holds a file, mode 0755, if it is missing. The directories above it must exist.
  static func makeDirectory(of path: [UInt8]) throws(AgentError) {
    guard let end = path.lastIndex(of: UInt8(ascii: "/")), end > 0 else { return }
    try Errno.explain("cannot make its directory", try Directory.makeIfMissing(Array(path[..<end]), mode: 0o755))
  }
}
