import CSystem

/// The text forms of IP addresses that every parser reads alike: dotted decimal without leading zeros (RFC 6943 §3.1.1), and RFC
/// 4291 §2.2 for IPv6, without a zone.
enum IPAddress {
  /// 4 or 16 bytes in network order; nil for any other text.
  static func parse(_ text: [UInt8]) -> [UInt8]? {
    var address = [UInt8](repeating: 0, count: 16)
    if withPath(text, { inet_pton(AF_INET, $0, &address) }) > 0 { return Array(address[..<4]) }
    return withPath(text) { inet_pton(AF_INET6, $0, &address) } > 0 ? address : nil
  }

  /// The one form of an address that has two: an IPv4 address mapped into IPv6 (RFC 4291 §2.5.5.2) as its 4 bytes.
  static func unmapped(_ address: [UInt8]) -> [UInt8] {
    let isMapped = address.count == 16 && address[..<10].allSatisfy { $0 == 0 } && address[10] & address[11] == 0xff
    return isMapped ? Array(address[12...]) : address
  }

  /// The text of 4 or 16 bytes in network order, IPv6 in the form of RFC 5952 §4. Not inet_ntop(3): of two equally long runs of
  /// zeros, musl's may shorten the second, and the C libraries differ in which addresses they write with dots.
  static func text(_ address: [UInt8]) -> [UInt8] {
    var out: [UInt8] = []
    if address.count == 4 {
      for byte in address { out += (out.isEmpty ? [] : bytes(".")) + decimal(Int(byte)) }
      return out
    }
    let colon = UInt8(ascii: ":")
    let gap = longestGap(address)
    for index in 0..<8 {
      if index == gap.lowerBound { out += [colon, colon] }
      if gap.contains(index) { continue }
      if index > 0, index != gap.upperBound { out.append(colon) }
      out += Hex.digits(Int(address[2 * index]) << 8 | Int(address[2 * index + 1]))
    }
    return out
  }

  /// The longest run of zero groups, which the text leaves out, or the first of several; past the last group if no run has two.
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
}
