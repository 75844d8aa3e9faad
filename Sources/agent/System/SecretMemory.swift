import CSystem

/// What a `Secret` owns: guarded memory, wiped when its last reader goes.
final class SecretMemory: ByteSource {
  private let memory: UnsafeMutableRawPointer
  /// Bytes that it has room for.
  let capacity: Int
  /// Whether it was made in a forked child. A child must not release its parent's secrets: it does not have their pages.
  private let isChilds = SecretArena.isInChild
  /// Bytes in use.
  private var used: Int

  /// Throws if memory is short.
  init(count: Int, capacity: Int) throws(AgentError) {
    self.capacity = max(count, capacity, 1)
    let slot = self.capacity <= SecretArena.slotSize ? SecretArena.take() : nil
    guard let memory = slot ?? SecretArena.guardedPages(self.capacity) else { throw .failed("out of memory for keys") }
    self.memory = memory
    used = count
  }

  deinit {
    if isChilds == SecretArena.isInChild { SecretArena.release(memory, capacity) }
  }

  /// Code that works with it leaves copies on the stack.
  var base: UnsafeMutableRawPointer {
    SecretArena.noteUse()
    return memory
  }

  override var count: Int { used }

  override subscript(offset: Int) -> UInt8 {
    precondition(offset >= 0 && offset < used)
    return base.load(fromByteOffset: offset, as: UInt8.self)
  }

  /// Lets children forked from now on inherit it. It must be alone in its pages.
  func lend() throws(AgentError) {
    guard madvise(base, capacity, MADV_DOFORK) == 0 else { throw .failed("a key cannot be handed over") }
  }

  /// Keeps it from children forked from now on.
  func withhold() { _ = madvise(base, capacity, MADV_DONTFORK) }

  /// A copy in ordinary memory, for what is not secret.
  func plain() -> [UInt8] { Array(UnsafeRawBufferPointer(start: base, count: used)) }

  /// Appends what one read(2) gives, as far as there is room. `.end` is the end of file.
  func read(_ descriptor: Int32) -> Transfer {
    let result = IO.read(descriptor, base + used, limit: capacity - used)
    if case .bytes(let count) = result { used += count }
    return result
  }

  /// Appends a byte; false if there is no room for it.
  func append(_ byte: UInt8) -> Bool {
    guard used < capacity else { return false }
    base.storeBytes(of: byte, toByteOffset: used, as: UInt8.self)
    used += 1
    return true
  }
}
