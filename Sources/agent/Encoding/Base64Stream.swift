/// Base 64 with padding (RFC 4648 §4) of bytes that come one at a time.
struct Base64Stream {
  private var group: UInt32 = 0
  private var bits: UInt32 = 0
  private var digits = 0

  mutating func write(_ byte: UInt8, to out: ByteBuffer) {
    group = (group << 8 | UInt32(byte)) & 0xfffff
    bits += 8
    while bits >= 6 {
      bits -= 6
      put(group >> bits, to: out)
    }
  }

  /// At the end of the data; what comes next is another text.
  mutating func finish(to out: ByteBuffer) {
    if bits > 0 { put(group << (6 - bits), to: out) }
    while digits & 3 != 0 {
      out.append(UInt8(ascii: "="))
      digits += 1
    }
    self = Base64Stream()
  }

  private mutating func put(_ value: UInt32, to out: ByteBuffer) {
    out.append(Base64.digit(UInt8(truncatingIfNeeded: value) & 63))
    digits &+= 1
  }
}
