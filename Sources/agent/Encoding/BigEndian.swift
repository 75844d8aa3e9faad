/// Fixed-size big-endian integers, as networks have them.
enum BigEndian {
  /// A number of `count` bytes, at most 8, that begins at `offset`, which all lie in the data.
  @inline(never)
  static func decode(_ data: [UInt8], _ offset: Int, _ count: Int) -> UInt64 {
    var number: UInt64 = 0
    for index in offset..<offset + count { number = number << 8 | UInt64(data[index]) }
    return number
  }

  /// Writes the lowest `count` bytes of a number over what lies at `offset`.
  @inline(never)
  static func put(_ number: UInt64, _ count: Int, _ offset: Int, _ data: inout [UInt8]) {
    var rest = number
    for index in (offset..<offset + count).reversed() {
      data[index] = UInt8(truncatingIfNeeded: rest)
      rest >>= 8
    }
  }
}
