import CFuse3
import Glibc

/// Why the simulator gives up: a text for people and the exit status, 2 for a wrong command line.
struct Failure: Error {
  let text: String
  var status: Int32 = 1

  init(_ text: String, status: Int32 = 1) {
    self.text = text
    self.status = status
  }

  /// `code` is an errno value, of either sign.
  init(_ text: String, code: Int32) {
    self.init("\(text): \(String(cString: strerror(abs(code))))")
  }
}

/// Files and time, with failures as ``Failure``.
enum System {
  static func log(_ text: String) {
    let line = "tdx-sim: \(text)\n"
    _ = Glibc.write(2, line, line.utf8.count)
  }

  /// Checks the result of a function of the C shim, which is -errno on failure.
  @discardableResult
  static func check(_ result: Int32, _ what: @autoclosure () -> String) throws -> Int32 {
    if result < 0 { throw Failure(what(), code: result) }
    return result
  }

  /// Nanoseconds of the monotonic clock.
  static func now() -> Int64 {
    var t = timespec()
    clock_gettime(CLOCK_MONOTONIC, &t)
    return Int64(t.tv_sec) * 1_000_000_000 + Int64(t.tv_nsec)
  }

  static func exists(_ path: String) -> Bool {
    var info = stat()
    return lstat(path, &info) == 0
  }

  static func isFolder(_ path: String) -> Bool {
    var info = stat()
    return stat(path, &info) == 0 && info.st_mode & S_IFMT == S_IFDIR
  }

  /// The names in a folder, without `.` and `..`; none if it cannot be read.
  static func names(in path: String) -> [String] {
    guard let folder = opendir(path) else { return [] }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names
  }

  /// Makes a folder and its missing parents.
  static func makeFolders(_ path: String, mode: mode_t = 0o755) throws {
    if isFolder(path) { return }
    let above = parent(path)
    if above != path { try makeFolders(above, mode: mode) }
    if mkdir(path, mode) != 0, errno != EEXIST { throw Failure("cannot make \(path)", code: errno) }
  }

  static func parent(_ path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  static func name(_ path: String) -> String {
    path.lastIndex(of: "/").map { String(path[path.index(after: $0)...]) } ?? path
  }

  /// A whole file of at most `limit` bytes.
  static func read(_ path: String, limit: Int = 1 << 20) throws -> [UInt8] {
    let fd = try check(sim_open(path, O_RDONLY, 0), "cannot open \(path)")
    defer { close(fd) }
    var bytes: [UInt8] = []
    var part = [UInt8](repeating: 0, count: 65536)
    while true {
      let n = Glibc.read(fd, &part, part.count)
      if n < 0, errno == EINTR { continue }
      if n < 0 { throw Failure("cannot read \(path)", code: errno) }
      if n == 0 { return bytes }
      bytes += part[..<n]
      if bytes.count > limit { throw Failure("\(path) is larger than \(limit) bytes") }
    }
  }

  /// Replaces a file atomically: readers see the old or the new bytes, never a mixture.
  static func replace(_ path: String, with bytes: [UInt8], mode: mode_t = 0o644) throws {
    let draft = "\(path).\(getpid())"
    try write(draft, bytes, mode: mode)
    if rename(draft, path) != 0 { throw Failure("cannot write \(path)", code: errno) }
  }

  /// Makes a file, or overwrites one.
  static func write(_ path: String, _ bytes: [UInt8], mode: mode_t = 0o644) throws {
    let fd = try check(sim_open(path, O_WRONLY | O_CREAT | O_TRUNC, mode), "cannot write \(path)")
    defer { close(fd) }
    guard Glibc.write(fd, bytes, bytes.count) == bytes.count else { throw Failure("cannot write \(path)", code: errno) }
  }

  static func random(_ count: Int) throws -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    guard sim_random(nil, &bytes, count) == 0 else { throw Failure("no random bytes") }
    return bytes
  }
}

extension System {
  /// The absolute path, without links, of something that exists.
  static func fullPath(_ path: String) throws -> String {
    guard let full = realpath(path, nil) else { throw Failure("cannot find \(path)", code: errno) }
    defer { free(full) }
    return String(cString: full)
  }
}
