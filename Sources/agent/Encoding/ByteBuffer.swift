/// A growing buffer that leaves no trace: its bytes are wiped when it moves and when it is freed. Every answer is written into one, because
/// any answer may hold a key.
final class ByteBuffer {
  private(set) var storage: [UInt8] = []
  /// Long texts at offsets in the buffer, made when they are sent; read by a `JoinedBody`.
  private(set) var inserts: [(at: Int, body: BodyReader)] = []

  @inline(never)
  init(capacity: Int = 512) { storage.reserveCapacity(capacity) }

  /// For bytes that are not secret and that nobody else holds.
  @inline(never)
  init(holding data: [UInt8]) { storage = data }

  deinit { wipe(&storage) }

  var count: Int { storage.count }

  /// Hands over the bytes, which must not be secret.
  func take() -> [UInt8] {
    let taken = storage
    storage = []
    return taken
  }

  /// Wipes the bytes and keeps the capacity.
  func clear() {
    wipe(&storage)
    storage.removeAll(keepingCapacity: true)
  }

  func append(_ byte: UInt8) {
    makeRoom(1)
    // inlined, because each byte of an answer passes here
    grow(&storage, byte)
  }

  func append(_ data: [UInt8]) { append(data[...]) }

  @inline(never)
  func append(_ data: ArraySlice<UInt8>) {
    makeRoom(data.count)
    copy(data, behind: &storage)
  }

  @inline(never)
  func append(_ text: StaticString) {
    makeRoom(text.utf8CodeUnitCount)
    copy(text, behind: &storage)
  }

  /// The shortest decimal form of a number.
  @inline(never)
  func appendDecimal(_ number: UInt64) {
    if number >= 10 { appendDecimal(number / 10) }
    append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number % 10))
  }

  /// Two lower-case digits per byte.
  func appendHex(_ data: [UInt8]) {
    append(upTo: 2 * data.count) { room in
      for byte in data {
        room.append(Hex.digit(byte >> 4))
        room.append(Hex.digit(byte & 15))
      }
    }
  }

  /// The lowest `count` bytes of a number, little-endian.
  func appendLittle(_ number: UInt64, _ count: Int) {
    for index in 0..<count { append(UInt8(truncatingIfNeeded: number >> UInt64(8 * index))) }
  }

  /// The lowest `count` bytes of a number, big-endian.
  func appendBig(_ number: UInt64, _ count: Int) {
    for index in (0..<count).reversed() { append(UInt8(truncatingIfNeeded: number >> UInt64(8 * index))) }
  }

  /// Inserts a long text at the end. Only copies of it are read.
  @inline(never)
  func insert(_ body: BodyReader) { inserts.append((count, body)) }

  /// Appends what `write` writes, at most `count` bytes.
  func append(upTo count: Int, _ write: (inout OutputSpan<UInt8>) -> Void) {
    makeRoom(count)
    storage.append(addingCapacity: count, initializingWith: write)
  }

  private func makeRoom(_ more: Int) {
    let needed = storage.count + more
    if needed <= storage.capacity { return }
    var larger: [UInt8] = []
    larger.reserveCapacity(max(2 * storage.count, needed))
    larger.append(contentsOf: storage)
    wipe(&storage)
    storage = larger
  }
}
