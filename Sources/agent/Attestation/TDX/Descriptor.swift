import CSystem

/// An open file, closed when its owner goes.
struct Descriptor: ~Copyable {
  private(set) var number: Int32

  /// `path` has no NUL. O_CLOEXEC is added.
  init(_ path: [UInt8], _ flags: Int32, mode: UInt32 = 0) throws(Errno) {
    number = try Errno.check(sys_open(terminated(path), flags, mode))
  }

  /// Takes over the result of a call that opens: a descriptor, or a negative errno value.
  init(taking result: Int32) throws(Errno) { number = try Errno.check(result) }

  deinit { if number >= 0 { close(number) } }

  /// Closes, and tells how that went: some files commit what was written only now.
  consuming func finish() throws(Errno) {
    let open = number
    number = -1
    _ = try Errno.last(Int(close(open)))
  }

  /// One read(2) of up to `limit` bytes.
  borrowing func read(_ limit: Int) throws(Errno) -> [UInt8] {
    var buffer = [UInt8](repeating: 0, count: limit)
    let count = try Errno.last(CSystem.read(number, &buffer, limit))
    return Array(buffer[..<count])
  }

  /// Up to `limit` bytes from an offset of a file that can seek.
  borrowing func read(_ limit: Int, at offset: Int) throws(Errno) -> [UInt8] {
    var buffer = [UInt8](repeating: 0, count: limit)
    let count = try Errno.last(pread(number, &buffer, limit, offset))
    return Array(buffer[..<count])
  }

  /// Where the file ends now.
  borrowing func size() throws(Errno) -> Int { try Errno.last(lseek(number, 0, SEEK_END)) }

  /// All up to the end; EFBIG if that is above `limit` bytes.
  borrowing func readToEnd(_ limit: Int) throws(Errno) -> [UInt8] {
    var data: [UInt8] = []
    while true {
      let part = try read(min(Limits.readChunk, limit + 1 - data.count))
      if part.isEmpty { return data }
      data += part
      if data.count > limit { throw Errno(code: EFBIG) }
    }
  }

  /// One write(2); EIO if it takes less than everything.
  borrowing func write(_ data: [UInt8]) throws(Errno) {
    let count = try Errno.last(CSystem.write(number, data, data.count))
    if count < data.count { throw Errno(code: EIO) }
  }
}

/// A path as C wants it.
func terminated(_ path: [UInt8]) -> [CChar] { path.map { CChar(bitPattern: $0) } + [0] }
