/// The text forms of IP addresses that are read alike everywhere: dotted decimal without leading zeros (RFC 6943 §3.1.1), and
/// RFC 4291 §2.2 for IPv6, without a zone.
enum IPAddress {
  /// 4 or 16 bytes in network order; nil for any other text.
  static func parse(_ text: [UInt8]) -> [UInt8]? { text.count <= longest ? v4(text[...]) ?? v6(text) : nil }

  /// Six groups and dotted decimal: the longest text of an address.
  private static let longest = 45

  /// The text of 4 or 16 bytes in network order, IPv6 in the form of RFC 5952 §4.
  static func text(_ address: [UInt8]) -> [UInt8] {
    var out: [UInt8] = []
    if address.count == 4 {
      for (index, byte) in address.enumerated() {
        if index > 0 { out.append(UInt8(ascii: ".")) }
        out += decimal(Int(byte))
      }
      return out
    }
    let colon = UInt8(ascii: ":")
    let gap = longestGap(address)
    var index = 0
    while index < 8 {
      if index == gap.lowerBound {
        out += [colon, colon]
        index = gap.upperBound
        continue
      }
      if index > 0, index != gap.upperBound { out.append(colon) }
      let group = UInt16(address[2 * index]) << 8 | UInt16(address[2 * index + 1])
      for shift: UInt16 in [12, 8, 4, 0] where shift == 0 || group >> shift != 0 {
        out.append(Hex.digit(UInt8(truncatingIfNeeded: group >> shift) & 15))
      }
      index += 1
    }
    return out
  }

  /// The first of the longest runs of groups that are zero, which are left out; behind the last group if there are not two.
  private static func longestGap(_ address: [UInt8]) -> Range<Int> {
    var gap = 8..<9
    var start = 0
    for index in 0..<8 {
      if address[2 * index] | address[2 * index + 1] != 0 {
        start = index + 1
      } else if index + 1 - start > gap.count {
        gap = start..<(index + 1)
      }
    }
    return gap
  }

  private static func v4(_ text: ArraySlice<UInt8>) -> [UInt8]? {
    var out: [UInt8] = []
    for part in text.split(separator: UInt8(ascii: "."), maxSplits: 4, omittingEmptySubsequences: false) {
      guard part.count <= 3, part.count == 1 || part.first != UInt8(ascii: "0"),
        let value = parseDecimal(part), value <= 255
      else { return nil }
      out.append(UInt8(truncatingIfNeeded: value))
    }
    return out.count == 4 ? out : nil
  }

  private static func v6(_ text: [UInt8]) -> [UInt8]? {
    let colon = UInt8(ascii: ":")
    var out: [UInt8] = []
    var gap: Int?
    var position = 0
    if text.hasPrefix("::") {
      gap = 0
      position = 2
    }
    while position < text.count {
      let end = text[position...].firstIndex(of: colon) ?? text.count
      if end == text.count, let tail = v4(text[position...]) {
        out += tail
        break
      }
      guard let group = group(text[position..<end]), out.count < 16 else { return nil }
      out += [UInt8(truncatingIfNeeded: group >> 8), UInt8(truncatingIfNeeded: group)]
      if end == text.count { break }
      position = end + 1
      if position == text.count { return nil }
      if text[position] == colon {
        if gap != nil { return nil }
        gap = out.count
        position += 1
      }
    }
    if let gap {
      guard out.count <= 14 else { return nil }
      out.insert(contentsOf: [UInt8](repeating: 0, count: 16 - out.count), at: gap)
    }
    return out.count == 16 ? out : nil
  }

  /// One to four hex digits.
  private static func group(_ text: ArraySlice<UInt8>) -> UInt16? {
    guard text.count >= 1, text.count <= 4 else { return nil }
    var value: UInt16 = 0
    for byte in text {
      guard let nibble = Hex.value(byte) else { return nil }
      value = value << 4 | UInt16(nibble)
    }
    return value
  }
}
