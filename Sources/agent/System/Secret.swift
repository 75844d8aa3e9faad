import CSystem

/// Key bytes in guarded pages: never swapped, never in a core dump, not inherited by forked children (a child that touches them
/// dies; `handedOver` is for children that need them), and wiped when the owner goes.
struct Secret: ~Copyable {
  /// For parsers and writers, which read it in place.
  let source: SecretMemory

  /// `count` zero bytes, or room for `capacity`. Throws if memory is short.
  @inline(never)
  init(count: Int = 0, capacity: Int = 0) throws(AgentError) {
    source = try SecretMemory(count: count, capacity: capacity)
  }

  /// A copy of bytes that the caller wipes.
  init(copying data: [UInt8]) throws(AgentError) {
    try self.init(count: data.count)
    data.withUnsafeBytes { if let from = $0.baseAddress { source.base.copyMemory(from: from, byteCount: $0.count) } }
  }

  /// The same bytes, which last as long as either owner.
  init(sharing other: borrowing Secret) { source = other.source }

  /// A copy alone in its pages, which can be lent: to lend a slot would show a child the secrets beside it.
  @inline(never)
  borrowing func alone() throws(AgentError) -> Secret {
    let copy = try Secret(count: count, capacity: SecretArena.slotSize + 1)
    copy.source.base.copyMemory(from: source.base, byteCount: count)
    return copy
  }

  /// A copy for children forked while it lives. In the parent it ends with its owner, in a child with the child.
  borrowing func handedOver() throws(AgentError) -> Secret {
    let copy = try alone()
    try copy.source.lend()
    return copy
  }

  /// Ends that in the child, so that the children it forks do not inherit it.
  borrowing func withhold() { source.withhold() }

  /// Bytes in use.
  var count: Int { source.count }

  /// The byte at an offset below `count`.
  subscript(offset: Int) -> UInt8 { source[offset] }

  /// A copy in ordinary memory, for what is not secret.
  func plain() -> [UInt8] { source.plain() }

  /// Adds a byte; false if there is no room for it.
  mutating func append(_ byte: UInt8) -> Bool { source.append(byte) }

  /// For the crypto wrappers. The pointer must not outlive the call.
  borrowing func withUnsafeBytes<R: ~Copyable, E: Error>(_ body: (UnsafePointer<UInt8>) throws(E) -> R) throws(E) -> R {
    try body(UnsafePointer(source.base.assumingMemoryBound(to: UInt8.self)))
  }

  /// For the crypto wrappers, which fill the `count` bytes.
  mutating func withUnsafeMutableBytes<R: ~Copyable, E: Error>(_ body: (UnsafeMutablePointer<UInt8>) throws(E) -> R) throws(E)
    -> R
  {
    try body(source.base.assumingMemoryBound(to: UInt8.self))
  }
}

/// Overwrites an array in place. It must be the only reference to its storage: otherwise a copy would be wiped, not the original.
@inline(never)
func wipe(_ data: inout [UInt8]) {
  data.withUnsafeMutableBytes { if let base = $0.baseAddress { explicit_bzero(base, $0.count) } }
}
