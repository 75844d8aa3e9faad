/// Base 64 with padding (RFC 4648 §4) of data that comes in any pieces.
struct Base64Stream {
  private var group: UInt32 = 0
  private var bits: UInt32 = 0
  /// The number of digits so far, by its last two bits.
  private var digits = 0

  mutating func write(_ data: ArraySlice<UInt8>, to out: ByteBuffer) {
    var text: [UInt8] = []
    text.reserveCapacity(data.count / 3 * 4 + 4)
    var (group, bits) = (group, bits)
    for byte in data {
      group = (group << 8 | UInt32(byte)) & 0xfffff
      bits += 8
      while bits >= 6 {
        bits -= 6
        text.append(Self.digit(group >> bits))
      }
    }
    (self.group, self.bits, digits) = (group, bits, (digits + text.count) & 3)
    out.append(text)
  }

  /// At the end of the data; what comes next is another text.
  mutating func finish(to out: ByteBuffer) {
    if bits > 0 {
      out.append(Self.digit(group << (6 - bits)))
      digits += 1
    }
    while digits & 3 != 0 {
      out.append(UInt8(ascii: "="))
      digits += 1
    }
    self = Base64Stream()
  }

  private static func digit(_ value: UInt32) -> UInt8 { Base64.digit(UInt8(truncatingIfNeeded: value) & 63) }
}
