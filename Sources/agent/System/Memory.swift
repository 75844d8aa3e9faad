import CSystem

/// Ordinary memory.
enum Memory {
  /// Whether that many bytes can be allocated at once. An array that cannot grow ends the process, so what others may make larger
  /// than `Limits.largeBody` is asked for here first. Nothing else takes the memory in between, as there is one thread.
  static func has(_ count: Int) -> Bool {
    // pages, because the compiler removes a malloc whose result goes unused; twice as many, because an allocator may round up
    guard let pages = sys_map(2 * count) else { return false }
    munmap(pages, 2 * count)
    return true
  }

  /// Throws if that many bytes cannot be allocated, and are more than `Limits.largeBody`.
  @inline(never)
  static func require(_ count: Int) throws(AgentError) {
    if count > Limits.largeBody, !has(count) { throw .unavailable("out of memory for something large") }
  }

  /// Makes room for so many bytes at the end of an array. False, with the reason in errno, if the array would be large and memory
  /// is short.
  @inline(never)
  static func makeRoom(_ more: Int, behind data: inout [UInt8]) -> Bool {
    let needed = data.count + more
    if needed <= data.capacity { return true }
    let capacity = max(2 * data.count, needed)
    if capacity > Limits.largeBody, !has(capacity) { return false }
    data.reserveCapacity(capacity)
    return true
  }
}

// The standard library's own methods copy byte by byte.

extension [UInt8] {
  /// Like the standard library's.
  mutating func append(contentsOf more: [UInt8]) { append(contentsOf: more[...]) }

  /// Like the standard library's.
  @inline(never)
  mutating func append(contentsOf more: ArraySlice<UInt8>) {
    let needed = count + more.count
    if needed > capacity { reserveCapacity(Swift.max(2 * count, needed)) }
    copy(more, behind: &self)
  }

  /// Like the standard library's.
  static func += (text: inout [UInt8], more: [UInt8]) { text.append(contentsOf: more[...]) }
  static func += (text: inout [UInt8], more: ArraySlice<UInt8>) { text.append(contentsOf: more) }

  /// Like the standard library's, which is inlined at each use.
  @inline(never)
  init(repeating byte: UInt8, count: Int) {
    precondition(count >= 0)
    self = []
    append(addingCapacity: count) { room in
      room.withUnsafeMutableBufferPointer { buffer, used in
        guard let to = buffer.baseAddress else { return }
        memset(to, Int32(byte), count)
        used = count
      }
    }
  }
}

/// Appends to an array that has the room, by memcpy(3): the array's own methods copy byte by byte.
func copy(_ data: ArraySlice<UInt8>, behind storage: inout [UInt8]) {
  data.withUnsafeBufferPointer { copy($0, behind: &storage) }
}

func copy(_ data: Span<UInt8>, behind storage: inout [UInt8]) {
  data.withUnsafeBufferPointer { copy($0, behind: &storage) }
}

func copy(_ text: StaticString, behind storage: inout [UInt8]) { text.withUTF8Buffer { copy($0, behind: &storage) } }

@inline(never)
private func copy(_ source: UnsafeBufferPointer<UInt8>, behind storage: inout [UInt8]) {
  guard let from = source.baseAddress else { return }
  storage.append(addingCapacity: source.count) { room in
    room.withUnsafeMutableBufferPointer { buffer, used in
      guard let to = buffer.baseAddress else { return }
      memcpy(to, from, source.count)
      used = source.count
    }
  }
}

extension Span<UInt8> {
  /// Whether a text is at an offset, which must leave room for it. Letters that differ only in the bits of `folding` are equal. Its bounds
  /// are checked once, not for each byte: requests are compared with those before them.
  @inline(never)
  func has(_ text: Span<UInt8>, at offset: Int, folding: UInt8 = 0) -> Bool {
    precondition(offset >= 0 && text.count <= count - offset)
    return withUnsafeBytes { here in
      text.withUnsafeBytes { there in
        guard let one = here.baseAddress, let other = there.baseAddress else { return true }
        return areEqual(one + offset, other, there.count, folding)
      }
    }
  }
}

private func areEqual(_ one: UnsafeRawPointer, _ other: UnsafeRawPointer, _ count: Int, _ folding: UInt8) -> Bool {
  let isWordEqual = { (offset: Int) in
    one.loadUnaligned(fromByteOffset: offset, as: UInt64.self) == other.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
  }
  var index = 0
  // eight at a time while they are equal; the last eight overlap those before them
  let last = count - 8
  while index <= last, isWordEqual(index) { index += 8 }
  if last >= 0, index > last, isWordEqual(last) { return true }
  while index < count {
    let byte = other.load(fromByteOffset: index, as: UInt8.self)
    let difference = one.load(fromByteOffset: index, as: UInt8.self) ^ byte
    if difference != 0, difference != folding || !isLetter(byte) { return false }
    index += 1
  }
  return true
}

extension [UInt8] {
  /// Like the standard library's, which is inlined at each call.
  @inline(never)
  init(_ buffer: UnsafeBufferPointer<UInt8>) { self = copied(buffer) }
}

private func copied<Element>(_ buffer: UnsafeBufferPointer<Element>) -> [Element] { Array(buffer) }
