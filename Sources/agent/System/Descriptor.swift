import CSystem

/// An open file descriptor, closed when its owner goes.
struct Descriptor: ~Copyable {
  private(set) var number: Int32

  /// Takes over an open descriptor. A negative number stands for none.
  init(owning number: Int32) { self.number = number }

  /// Takes over the result of a call that opens: a descriptor, or a negative errno value.
  init(taking result: Int32) throws(Errno) { number = try Errno.check(result) }
  /// The same, with `failure` before the description of errno.
  @inline(never)
  init(taking result: Int32, _ failure: StaticString) throws(AgentError) { number = try Errno.check(result, failure) }

  /// Opens a file.
  init(_ path: [UInt8], _ access: FileAccess) throws(Errno) {
    number = try Errno.check(withPath(path) { sys_open($0, access.flags, 0o600) })
  }

  deinit { Self.end(number) }

  /// Embedded Swift offers no `discard self`, so a descriptor that has been released ends here too.
  @inline(never)
  private static func end(_ number: Int32) { if number >= 0 { close(number) } }

  /// Hands the number to a new owner.
  consuming func release() -> Int32 {
    let released = number
    number = -1
    return released
  }

  /// Closes it, and throws what close(2) reports: some file systems commit what was written only now.
  consuming func finish() throws(Errno) {
    let open = number
    number = -1
    try Errno.last(Int(close(open)))
  }

  /// One read(2) of up to `limit` bytes.
  borrowing func read(_ limit: Int) throws(Errno) -> [UInt8] {
    var data: [UInt8] = []
    try Errno.last(IO.append(to: &data, limit) { CSystem.read(number, $0, limit) })
    return data
  }

  /// Up to `limit` bytes from an offset of a file that can seek.
  borrowing func read(_ limit: Int, at offset: Int) throws(Errno) -> [UInt8] {
    var data: [UInt8] = []
    try Errno.last(IO.append(to: &data, limit) { pread(number, $0, limit, offset) })
    return data
  }

  /// Whether it is a regular file.
  var isRegular: Bool { IO.isRegular(number) }

  /// The file's size in bytes. Moves its position to the end.
  borrowing func size() throws(Errno) -> Int { try Errno.last(lseek(number, 0, SEEK_END)) }

  /// Everything to the end, or the first `limit` bytes.
  borrowing func readAll(upTo limit: Int) throws(Errno) -> [UInt8] {
    var data: [UInt8] = []
    while data.count < limit {
      // fill the room that is left: another read finds the end in any case
      let room = data.capacity > data.count ? data.capacity - data.count : data.isEmpty ? Limits.firstRead : Limits.copyChunk
      switch IO.read(number, appendingTo: &data, limit: min(limit - data.count, room)) {
      case .bytes: continue
      case .end: return data
      case .wouldBlock: throw Errno(code: EAGAIN)
      case .failed(let code): throw Errno(code: code)
      }
    }
    return data
  }

  /// Everything to the end. Throws `.failed` if it cannot be read or holds more than `limit` bytes.
  borrowing func content(limit: Int) throws(AgentError) -> [UInt8] {
    let data = try Errno.explain("cannot be read", try readAll(upTo: limit + 1))
    if data.count > limit { throw .failed("is too large") }
    return data
  }

  /// Reserves disk space for `size` bytes at an offset, without changing the file's size.
  borrowing func reserve(_ size: Int, at offset: Int) throws(Errno) {
    try Errno.check(sys_reserve(number, Int64(offset), Int64(size)))
  }

  /// One write(2); EIO if it takes less than everything.
  borrowing func write(_ data: [UInt8]) throws(Errno) {
    let count = try Errno.last(CSystem.write(number, data, data.count))
    if count < data.count { throw Errno(code: EIO) }
  }
}

/// How a file is opened, always close-on-exec. The kinds that may create a file give it mode 0600 and do not follow a symbolic
/// link.
struct FileAccess {
  fileprivate let flags: Int32

  /// For a file that exists, as the next two.
  static var reading: FileAccess { FileAccess(flags: O_RDONLY) }
  static var writing: FileAccess { FileAccess(flags: O_WRONLY) }
  static var both: FileAccess { FileAccess(flags: O_RDWR) }
  /// Reading, without waiting for a FIFO's writer.
  static var readingNow: FileAccess { FileAccess(flags: O_RDONLY | O_NONBLOCK | O_NOCTTY) }
  /// Reading, but not through a symbolic link.
  static var readingOwn: FileAccess { FileAccess(flags: O_RDONLY | O_NOFOLLOW) }
  /// Created if missing; each write goes to the end.
  static var appending: FileAccess { FileAccess(flags: O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW) }
  /// Created if missing, truncated if not.
  static var replacing: FileAccess { FileAccess(flags: O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW) }
  /// Created if missing.
  static var locking: FileAccess { FileAccess(flags: O_RDWR | O_CREAT | O_NOFOLLOW) }
}

/// The outcome of a non-blocking read or write.
enum Transfer {
  case bytes(Int)
  case wouldBlock
  case end
  case failed(errno: Int32)
}

/// Reads and writes on descriptors that others own.
enum IO {
  /// Reads at most `limit` bytes and appends them to `data`. `.end` is the end of file.
  static func read(_ descriptor: Int32, appendingTo data: inout [UInt8], limit: Int) -> Transfer {
    let count = append(to: &data, limit) { room in retrying { CSystem.read(descriptor, room, limit) } }
    return count == 0 ? .end : transfer(count)
  }

  /// Reads from a socket into an array from its start, at most as many bytes as it holds. recv(2) is a little faster than read(2).
  static func receive(_ descriptor: Int32, into data: inout [UInt8]) -> Transfer {
    let count = data.withUnsafeMutableBytes { room in retrying { recv(descriptor, room.baseAddress, room.count, 0) } }
    return count == 0 ? .end : transfer(count)
  }

  /// The same into memory with room for `limit` bytes.
  static func read(_ descriptor: Int32, _ room: UnsafeMutableRawPointer, limit: Int) -> Transfer {
    let count = retrying { CSystem.read(descriptor, room, limit) }
    return count == 0 ? .end : transfer(count)
  }

  /// Lets `call` fill room for `limit` bytes at the end of `data`, and returns its result: how many bytes it has stored there, or
  /// a negative value. Also -1 if memory is short.
  @inline(never)
  static func append(
    to data: inout [UInt8], _ limit: Int, _ call: (UnsafeMutablePointer<UInt8>?) -> Int
  ) -> Int {
    var count = 0
    guard Memory.makeRoom(limit, behind: &data) else { return -1 }
    data.append(addingCapacity: limit) { room in
      room.withUnsafeMutableBufferPointer { buffer, used in
        count = call(buffer.baseAddress)
        used = max(0, count)
      }
    }
    return count
  }

  /// Up to `limit` bytes at an offset of a seekable file; empty if it cannot be read.
  static func read(_ descriptor: Int32, _ limit: Int, at offset: Int) -> [UInt8] {
    var data: [UInt8] = []
    _ = append(to: &data, limit) { room in retrying { pread(descriptor, room, limit, offset) } }
    return data
  }

  /// Whether the descriptor is open.
  static func isOpen(_ descriptor: Int32) -> Bool {
    var status = stat()
    return fstat(descriptor, &status) == 0
  }

  /// Whether the descriptor is open on a regular file.
  static func isRegular(_ descriptor: Int32) -> Bool {
    var status = stat()
    return fstat(descriptor, &status) == 0 && status.st_mode & mode_t(S_IFMT) == mode_t(S_IFREG)
  }

  /// A file's size in bytes; 0 if it cannot seek.
  static func size(_ descriptor: Int32) -> Int { max(0, lseek(descriptor, 0, SEEK_END)) }

  /// Writes to an offset of a file in memory, whose writes do not fail.
  static func write(_ descriptor: Int32, _ data: ArraySlice<UInt8>, at offset: Int) {
    data.withUnsafeBytes { bytes in _ = retrying { pwrite(descriptor, bytes.baseAddress, bytes.count, offset) } }
  }

  /// Writes as much of `data`, from an offset on, as the descriptor takes.
  static func write(_ descriptor: Int32, _ data: [UInt8], from offset: Int) -> Transfer {
    let count = data.withUnsafeBytes { bytes in
      retrying { CSystem.write(descriptor, bytes.baseAddress.map { $0 + offset }, bytes.count - offset) }
    }
    return transfer(count)
  }

  /// Writes everything to a blocking descriptor; false if that fails.
  @inline(never)
  static func writeAll(_ descriptor: Int32, _ data: [UInt8]) -> Bool { data.withUnsafeBytes { writeAll(descriptor, $0) } }

  /// The same for a secret.
  static func writeAll(_ descriptor: Int32, _ secret: borrowing Secret) -> Bool {
    secret.withUnsafeBytes { writeAll(descriptor, UnsafeRawBufferPointer(start: $0, count: secret.count)) }
  }

  private static func writeAll(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = retrying { CSystem.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count) }
      if count < 0 { return false }
      rest = rest.dropFirst(count)
    }
    return true
  }

  private static func retrying(_ call: () -> Int) -> Int {
    while true {
      let count = call()
      if count >= 0 || sys_errno() != EINTR { return count }
    }
  }

  private static func transfer(_ count: Int) -> Transfer {
    if count >= 0 { return .bytes(count) }
    let code = sys_errno()
    return code == EAGAIN ? .wouldBlock : .failed(errno: code)
  }
}

/// Calls `body` with a path as a C string. A path with a NUL would be cut there: it is refused with EINVAL.
@inline(never)
func withPath(_ path: [UInt8], _ body: (UnsafePointer<CChar>) -> Int32) -> Int32 {
  path.contains(0) ? -EINVAL : withText(path, body)
}

/// The same with a text that may have NULs in it.
@inline(never)
func withText(_ text: [UInt8], _ body: (UnsafePointer<CChar>) -> Int32) -> Int32 {
  (text + [0]).withUnsafeBufferPointer { buffer in
    buffer.withMemoryRebound(to: CChar.self) { chars in chars.baseAddress.map(body) ?? -EINVAL }
  }
}
