/// Fixed-size little-endian integers.
enum LittleEndian {
  static func encode<Number: FixedWidthInteger & UnsignedInteger>(_ number: Number) -> [UInt8] {
    (0..<Number.bitWidth / 8).map { UInt8(truncatingIfNeeded: number >> Number($0 * 8)) }
  }

  /// The 32-bit number at an offset; the caller has checked that 4 bytes are there.
  static func decode32(_ data: [UInt8], at offset: Int) -> UInt32 {
    (0..<4).reduce(0) { $0 | UInt32(data[offset + $1]) << UInt32(8 * $1) }
  }
}
