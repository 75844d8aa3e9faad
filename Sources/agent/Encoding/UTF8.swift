/// Well-formed UTF-8 as Unicode (table 3-7) and RFC 3629 define it: no overlong forms, no surrogates, nothing above U+10FFFF.
enum UTF8Text {
  /// Whether all of `text` is well-formed.
  static func isValid(_ text: some Collection<UInt8>) -> Bool {
    var check = UTF8Check()
    for byte in text where !check.accept(byte) { return false }
    return check.isComplete
  }

  /// Appends a code point's bytes. `scalar` is at most 0x10FFFF.
  static func append(_ scalar: UInt32, to out: inout [UInt8]) {
    switch scalar {
    case 0..<0x80:
      out.append(UInt8(truncatingIfNeeded: scalar))
    case 0x80..<0x800:
      out.append(0xc0 | UInt8(truncatingIfNeeded: scalar >> 6))
      out.append(trailing(scalar))
    case 0x800..<0x10000:
      out.append(0xe0 | UInt8(truncatingIfNeeded: scalar >> 12))
      out.append(trailing(scalar >> 6))
      out.append(trailing(scalar))
    default:
      out.append(0xf0 | UInt8(truncatingIfNeeded: scalar >> 18))
      out.append(trailing(scalar >> 12))
      out.append(trailing(scalar >> 6))
      out.append(trailing(scalar))
    }
  }

  private static func trailing(_ bits: UInt32) -> UInt8 { 0x80 | UInt8(truncatingIfNeeded: bits) & 0x3f }
}

/// Follows UTF-8 a byte at a time.
struct UTF8Check {
  /// Trailing bytes still to come, and the range that the next one must lie in.
  private var pending = 0
  private var low: UInt8 = 0x80
  private var high: UInt8 = 0xbf

  /// Whether the bytes so far end at the end of a code point.
  var isComplete: Bool { pending == 0 }

  /// False as soon as a byte cannot follow. After that the state is that of a fresh check.
  mutating func accept(_ byte: UInt8) -> Bool {
    if pending > 0 {
      let fits = byte >= low && byte <= high
      (low, high) = (0x80, 0xbf)
      pending = fits ? pending - 1 : 0
      return fits
    }
    switch byte {
    case 0..<0x80: return true
    case 0xc2...0xdf: pending = 1
    case 0xe0: (pending, low) = (2, 0xa0)
    case 0xed: (pending, high) = (2, 0x9f)
    case 0xe1...0xef: pending = 2
    case 0xf0: (pending, low) = (3, 0x90)
    case 0xf1...0xf3: pending = 3
    case 0xf4: (pending, high) = (3, 0x8f)
    default: return false
    }
    return true
  }
}
