/// Base 16 (RFC 4648 §8): written in lower case, read in either case.
enum Hex {
  /// Two digits per byte.
  static func encode(_ data: some Collection<UInt8>) -> [UInt8] {
    var out: [UInt8] = []
    out.reserveCapacity(2 * data.count)
    for byte in data {
      out.append(digit(byte >> 4))
      out.append(digit(byte & 15))
    }
    return out
  }

  /// The bytes of an even number of digits; nil for anything else.
  static func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
    guard text.count % 2 == 0 else { return nil }
    var out: [UInt8] = []
    out.reserveCapacity(text.count / 2)
    var digits = text.makeIterator()
    while let first = digits.next(), let second = digits.next() {
      guard let high = value(first), let low = value(second) else { return nil }
      out.append(high << 4 | low)
    }
    return out
  }

  /// The digits of a number, without leading zeros.
  static func digits(_ number: Int) -> [UInt8] {
    (number < 16 ? [] : digits(number >> 4)) + [digit(UInt8(truncatingIfNeeded: number) & 15)]
  }

  /// A number of 1 to `most` digits, where `most` is at most 16; nil for anything else.
  static func number(_ digits: ArraySlice<UInt8>, most: Int) -> UInt64? {
    if digits.isEmpty || digits.count > most { return nil }
    var number: UInt64 = 0
    for digit in digits {
      guard let value = value(digit) else { return nil }
      number = number << 4 | UInt64(value)
    }
    return number
  }

  /// The digit of 0…15.
  static func digit(_ nibble: UInt8) -> UInt8 { nibble < 10 ? 0x30 + nibble : 0x57 + nibble }

  /// 0…15; nil for a byte that is not a hex digit.
  static func value(_ digit: UInt8) -> UInt8? {
    if isDigit(digit) { return digit - 0x30 }
    let lower = digit | 0x20
    return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : nil
  }
}
