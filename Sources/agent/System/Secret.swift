import CSystem

/// Key bytes in pages of their own: never swapped (mlock), never in a core dump (MADV_DONTDUMP), not inherited by forked children
/// (MADV_DONTFORK: a child that touches them dies), wiped when the owner goes.
struct Secret: ~Copyable, ByteSource {
  private let base: UnsafeMutableRawPointer
  private let capacity: Int
  /// Bytes in use.
  private(set) var count: Int

  /// `count` zero bytes, or room for `capacity`. Throws if memory is short. Where RLIMIT_MEMLOCK forbids to lock the pages, they
  /// are used unlocked: the agent's supervisor decides that limit.
  init(count: Int = 0, capacity: Int = 0) throws(AgentError) {
    self.capacity = max(count, capacity, 1)
    guard let pages = sys_map(self.capacity) else { throw .failed("out of memory for keys") }
    _ = mlock(pages, self.capacity)
    _ = madvise(pages, self.capacity, MADV_DONTDUMP)
    _ = madvise(pages, self.capacity, MADV_DONTFORK)
    base = pages
    self.count = count
  }

  /// A copy of bytes that the caller wipes.
  init(copying data: [UInt8]) throws(AgentError) {
    try self.init(count: data.count)
    data.withUnsafeBytes { if let from = $0.baseAddress { base.copyMemory(from: from, byteCount: $0.count) } }
  }

  deinit {
    explicit_bzero(base, capacity)
    munmap(base, capacity)
  }

  subscript(offset: Int) -> UInt8 {
    precondition(offset >= 0 && offset < count)
    return base.load(fromByteOffset: offset, as: UInt8.self)
  }

  /// Adds a byte; false if there is no room for it.
  mutating func append(_ byte: UInt8) -> Bool {
    guard count < capacity else { return false }
    base.storeBytes(of: byte, toByteOffset: count, as: UInt8.self)
    count += 1
    return true
  }

  /// A second owner of the same bytes.
  borrowing func copy() throws(AgentError) -> Secret {
    let twin = try Secret(count: count)
    twin.base.copyMemory(from: base, byteCount: count)
    return twin
  }

  /// For the crypto wrappers. The pointer must not outlive the call.
  borrowing func withUnsafeBytes<R: ~Copyable, E: Error>(_ body: (UnsafePointer<UInt8>) throws(E) -> R) throws(E) -> R {
    try body(UnsafePointer(base.assumingMemoryBound(to: UInt8.self)))
  }

  /// For the crypto wrappers, which fill the `count` bytes.
  mutating func withUnsafeMutableBytes<R: ~Copyable, E: Error>(_ body: (UnsafeMutablePointer<UInt8>) throws(E) -> R) throws(E)
    -> R
  {
    try body(base.assumingMemoryBound(to: UInt8.self))
  }

  /// For the crypto wrappers that write at the end of a buffer (Mbed TLS's DER writers): keeps only the last `tail` bytes.
  mutating func keepLast(_ tail: Int) {
    precondition(tail >= 0 && tail <= count)
    memmove(base, base + (count - tail), tail)
    explicit_bzero(base + tail, count - tail)
    count = tail
  }
}

/// Overwrites an array in place. It must be the only reference to its storage: else the copy would be wiped and the original stay.
func wipe(_ data: inout [UInt8]) {
  data.withUnsafeMutableBytes { if let base = $0.baseAddress { explicit_bzero(base, $0.count) } }
}
