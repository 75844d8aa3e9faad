/// Fixed-size little-endian integers.
enum LittleEndian {
  @inline(never)
  static func encode<Number: FixedWidthInteger & UnsignedInteger>(_ number: Number) -> [UInt8] {
    let out = ByteBuffer(capacity: 8)
    out.appendLittle(UInt64(number), Number.bitWidth / 8)
    return out.take()
  }

  /// A number of `count` bytes at `offset`, all of which must lie within the data.
  static func decode(_ data: [UInt8], _ offset: Int, _ count: Int) -> Int {
    (0..<count).reduce(0) { $0 | Int(data[offset + $1]) << (8 * $1) }
  }

  /// Overwrites `count` bytes at `offset`, all of which must lie within the data, with the lowest of a number.
  @inline(never)
  static func put(_ number: UInt64, _ data: inout [UInt8], _ offset: Int, _ count: Int) {
    for index in 0..<count { data[offset + index] = UInt8(truncatingIfNeeded: number >> UInt64(8 * index)) }
  }
}
