/// Distinguished Encoding Rules (X.690): writes the few types that keys and certificates need.
enum DER {
  static let boolean: UInt8 = 0x01
  static let integer: UInt8 = 0x02
  static let bitString: UInt8 = 0x03
  static let octetString: UInt8 = 0x04
  static let objectIdentifier: UInt8 = 0x06
  static let utf8String: UInt8 = 0x0c
  static let utcTime: UInt8 = 0x17
  static let generalizedTime: UInt8 = 0x18
  static let sequence: UInt8 = 0x30
  static let set: UInt8 = 0x31

  /// The context-specific tags [0]…[30].
  static func context(_ number: UInt8, constructed: Bool) -> UInt8 { number | (constructed ? 0xa0 : 0x80) }

  /// Tag, shortest length and content.
  @inline(never)
  static func element(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] { head(tag, content.count) + content }

  /// Tag and length for `count` bytes of content.
  static func head(_ tag: UInt8, _ count: Int) -> [UInt8] {
    var out = [tag]
    if count < 0x80 {
      out.append(UInt8(truncatingIfNeeded: count))
    } else {
      let width = (Int.bitWidth - count.leadingZeroBitCount + 7) / 8
      out.append(0x80 | UInt8(truncatingIfNeeded: width))
      for place in (0..<width).reversed() { out.append(UInt8(truncatingIfNeeded: count >> (8 * place))) }
    }
    return out
  }

  @inline(never)
  static func sequence(_ content: [UInt8]) -> [UInt8] { element(sequence, content) }

  /// An INTEGER from an unsigned big-endian number.
  static func unsigned(_ digits: some Collection<UInt8>) -> [UInt8] {
    let digits = digits.drop { $0 == 0 }
    let sign: [UInt8] = if let first = digits.first, first < 0x80 { [] } else { [0] }
    return element(integer, sign + Array(digits))
  }

  /// A BIT STRING of whole bytes.
  static func bits(_ content: [UInt8]) -> [UInt8] { element(bitString, [0] + content) }
}
