/// Writes SCALE, the Simple Concatenated Aggregate Little-Endian encoding (Polkadot specification, "SCALE codec"). Nothing names or
/// ends a field: the order of the calls is the format.
struct SCALEWriter {
  let out: ByteBuffer

  init(_ out: ByteBuffer) { self.out = out }

  func byte(_ value: UInt8) { out.append(value) }

  func bool(_ value: Bool) { out.append(value ? 1 : 0) }

  func uint32(_ value: UInt32) { out.appendLittle(UInt64(value), 4) }

  func uint64(_ value: UInt64) { out.appendLittle(value, 8) }

  /// A compact integer, in as few bytes as possible; the lowest two bits of the first byte give the width. Element counts are written the
  /// same way.
  @inline(never)
  func compact(_ value: UInt64) {
    switch value {
    case 0..<(1 << 6): out.appendLittle(value << 2, 1)
    case 0..<(1 << 14): out.appendLittle(value << 2 | 1, 2)
    case 0..<(1 << 30): out.appendLittle(value << 2 | 2, 4)
    default:
      let length = (64 - value.leadingZeroBitCount + 7) / 8
      out.append(UInt8(truncatingIfNeeded: (length - 4) << 2 | 3))
      out.appendLittle(value, length)
    }
  }

  /// A vector of bytes, or text: a compact length, then the bytes.
  @inline(never)
  func data(_ data: [UInt8]) {
    compact(UInt64(data.count))
    out.append(data)
  }
}
