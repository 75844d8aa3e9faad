import CSystem

/// An open file descriptor, closed when its owner goes.
struct Descriptor: ~Copyable {
  private(set) var number: Int32

  init(owning number: Int32) { self.number = number }

  deinit {
    // a `discard self` is not to be had in Embedded Swift
    if number >= 0 { close(number) }
  }

  /// Hands the number to a new owner.
  consuming func release() -> Int32 {
    let released = number
    number = -1
    return released
  }
}

/// What a non-blocking read or write came to.
enum Transfer {
  case bytes(Int)
  case wouldBlock
  case end
  case failed(errno: Int32)
}

enum IO {
  /// Reads at most `limit` bytes behind what `data` holds. `.end` is the end of file.
  static func read(_ descriptor: Int32, appendingTo data: inout [UInt8], limit: Int) -> Transfer {
    let before = data.count
    data.append(contentsOf: repeatElement(0, count: limit))
    let count = data.withUnsafeMutableBytes { bytes in
      retrying { CSystem.read(descriptor, bytes.baseAddress.map { $0 + before }, limit) }
    }
    data.removeLast(limit - max(0, count))
    return count == 0 ? .end : transfer(count)
  }

  /// Writes what it can of `data` from an offset on.
  static func write(_ descriptor: Int32, _ data: [UInt8], from offset: Int) -> Transfer {
    let count = data.withUnsafeBytes { bytes in
      retrying { CSystem.write(descriptor, bytes.baseAddress.map { $0 + offset }, bytes.count - offset) }
    }
    return transfer(count)
  }

  /// Writes everything to a blocking descriptor; false if that fails.
  static func writeAll(_ descriptor: Int32, _ data: [UInt8]) -> Bool {
    var offset = 0
    while offset < data.count {
      guard case .bytes(let count) = write(descriptor, data, from: offset) else { return false }
      offset += count
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
func withPath(_ path: [UInt8], _ body: (UnsafePointer<CChar>) -> Int32) -> Int32 {
  if path.contains(0) { return -EINVAL }
  return (path + [0]).withUnsafeBufferPointer { buffer in
    buffer.withMemoryRebound(to: CChar.self) { chars in chars.baseAddress.map(body) ?? -EINVAL }
  }
}
