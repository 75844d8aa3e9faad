/// Percent-encoding (RFC 3986 §2.1) and the form encoding of query strings.
enum FormEncoding {
  /// Decodes `%XX`, and `+` as a space if asked to. Nil for a broken `%XX`, and if the result is not UTF-8.
  @inline(never)
  static func decode(_ text: ArraySlice<UInt8>, plusIsSpace: Bool) -> [UInt8]? {
    var out: [UInt8] = []
    out.reserveCapacity(text.count)
    var at = text.startIndex
    while at < text.endIndex {
      let byte = text[at]
      at += 1
      if byte == UInt8(ascii: "%") {
        guard at + 1 < text.endIndex, let high = Hex.value(text[at]), let low = Hex.value(text[at + 1]) else {
          return nil
        }
        out.append(high << 4 | low)
        at += 2
      } else {
        out.append(plusIsSpace && byte == UInt8(ascii: "+") ? 0x20 : byte)
      }
    }
    return UTF8Text.isValid(out) ? out : nil
  }

  /// Encodes all but the unreserved characters (RFC 3986 §2.3).
  static func encode(_ text: [UInt8]) -> [UInt8] {
    var out: [UInt8] = []
    for byte in text {
      switch byte {
      case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"): out.append(byte)
      default: out += isLetter(byte) || isDigit(byte) ? [byte] : bytes("%") + Hex.encode([byte])
      }
    }
    return out
  }

  /// The decoded names and values of `a=1&b=2`, in order; nil if one cannot be decoded. A name without `=` has an empty value.
  static func pairs(_ query: [UInt8]) -> [(name: [UInt8], value: [UInt8])]? {
    var out: [(name: [UInt8], value: [UInt8])] = []
    for part in parts(query) {
      guard let name = part.name, let value = part.value else { return nil }
      out.append((name, value))
    }
    return out
  }

  /// The same, with nil for what cannot be decoded.
  static func parts(_ query: [UInt8]) -> [(name: [UInt8]?, value: [UInt8]?)] {
    var parts: [(name: [UInt8]?, value: [UInt8]?)] = []
    for part in TextParts(query[...], by: UInt8(ascii: "&")) where !part.isEmpty {
      let mark = part.firstIndex(of: UInt8(ascii: "=")) ?? part.endIndex
      parts.append((decode(part[..<mark], plusIsSpace: true), decode(part[mark...].dropFirst(), plusIsSpace: true)))
    }
    return parts
  }
}
