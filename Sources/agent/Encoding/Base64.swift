/// Base 64, RFC 4648: §4 with padding, and §5 (URL-safe) without.
enum Base64 {
  /// Four digits for three bytes, padded with `=`.
  static func encode(_ data: some Collection<UInt8>) -> [UInt8] {
    var out = digits(data, 0x2b, 0x2f)
    while out.count % 4 != 0 { out.append(UInt8(ascii: "=")) }
    return out
  }

  /// URL-safe alphabet, no padding.
  static func encodeURL(_ data: some Collection<UInt8>) -> [UInt8] { digits(data, 0x2d, 0x5f) }

  /// The bytes of padded standard base 64; nil for a wrong length, a foreign byte, misplaced padding or bits that must be zero.
  static func decode(_ text: [UInt8]) -> [UInt8]? {
    guard text.count % 4 == 0 else { return nil }
    var end = text.count
    while end > 0, text.count - end < 2, text[end - 1] == UInt8(ascii: "=") { end -= 1 }
    var out: [UInt8] = []
    out.reserveCapacity(text.count / 4 * 3)
    var group: UInt32 = 0
    var bits = 0
    for byte in text[..<end] {
      guard let value = value(byte) else { return nil }
      group = (group << 6 | UInt32(value)) & 0xffff
      bits += 6
      if bits >= 8 {
        bits -= 8
        out.append(UInt8(truncatingIfNeeded: group >> UInt32(bits)))
      }
    }
    return group & (1 << UInt32(bits) - 1) == 0 ? out : nil
  }

  private static func digits(_ data: some Collection<UInt8>, _ plus: UInt8, _ slash: UInt8) -> [UInt8] {
    var out: [UInt8] = []
    out.reserveCapacity((data.count + 2) / 3 * 4)
    var group: UInt32 = 0
    var bits = 0
    for byte in data {
      group = (group << 8 | UInt32(byte)) & 0xfffff
      bits += 8
      while bits >= 6 {
        bits -= 6
        out.append(digit(UInt8(truncatingIfNeeded: group >> UInt32(bits)) & 63, plus, slash))
      }
    }
    if bits > 0 { out.append(digit(UInt8(truncatingIfNeeded: group << UInt32(6 - bits)) & 63, plus, slash)) }
    return out
  }

  /// The digit of 0…63; the alphabets differ in the last two.
  static func digit(_ value: UInt8, _ plus: UInt8 = 0x2b, _ slash: UInt8 = 0x2f) -> UInt8 {
    switch value {
    case 0..<26: UInt8(ascii: "A") + value
    case 26..<52: UInt8(ascii: "a") + (value - 26)
    case 52..<62: UInt8(ascii: "0") + (value - 52)
    case 62: plus
    default: slash
    }
  }

  /// 0…63, or nil for a byte that is no digit of the standard alphabet.
  static func value(_ digit: UInt8) -> UInt8? {
    switch digit {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): digit - UInt8(ascii: "A")
    case UInt8(ascii: "a")...UInt8(ascii: "z"): digit - UInt8(ascii: "a") + 26
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0") + 52
    case UInt8(ascii: "+"): 62
    case UInt8(ascii: "/"): 63
    default: nil
    }
  }
}
