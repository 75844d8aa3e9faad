/// Reads little-endian numbers and runs of bytes from untrusted data, front to back. A read past the end gives nil.
struct LittleEndianReader {
  private let data: [UInt8]
  private(set) var position = 0
  /// Whether a read went past the end.
  private(set) var isShort = false

  init(_ data: [UInt8]) { self.data = data }

  /// Bytes not yet read.
  var remaining: Int { data.count - position }

  mutating func uint8() -> UInt8? { number(1).map { UInt8(truncatingIfNeeded: $0) } }

  mutating func uint16() -> UInt16? { number(2).map { UInt16(truncatingIfNeeded: $0) } }

  mutating func uint32() -> UInt32? { number(4) }

  /// 0 past the end; `isShort` is true then.
  mutating func uint64() -> UInt64 {
    let (low, high) = (uint32() ?? 0, uint32() ?? 0)
    return UInt64(low) | UInt64(high) << 32
  }

  @inline(never)
  mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
    guard count >= 0, count <= remaining else {
      isShort = true
      return nil
    }
    defer { position += count }
    return data[position..<position + count]
  }

  /// A run whose length is an untrusted number.
  mutating func take(_ count: UInt32) -> ArraySlice<UInt8>? { take(Int(count)) }

  @inline(never)
  private mutating func number(_ count: Int) -> UInt32? {
    guard count <= remaining else {
      isShort = true
      return nil
    }
    defer { position += count }
    return UInt32(truncatingIfNeeded: LittleEndian.decode(data, position, count))
  }
}
