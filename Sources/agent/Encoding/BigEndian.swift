/// Fixed-size big-endian integers: network byte order.
enum BigEndian {
  /// The number in the `count` bytes, at most 8, at `offset`. They must all lie within the data.
  @inline(never)
  static func decode(_ data: [UInt8], _ offset: Int, _ count: Int) -> UInt64 {
    var number: UInt64 = 0
    for index in offset..<offset + count { number = number << 8 | UInt64(data[index]) }
    return number
  }

  /// Overwrites the bytes at `offset` with the lowest `count` bytes of a number.
  @inline(never)
  static func put(_ number: UInt64, _ count: Int, _ offset: Int, _ data: inout [UInt8]) {
    var rest = number
    for index in (offset..<offset + count).reversed() {
      data[index] = UInt8(truncatingIfNeeded: rest)
      rest >>= 8
    }
  }
}
