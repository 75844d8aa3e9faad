/// DER (X.690), as much as certificates and revocation lists need.
enum Der {
  static func tlv(_ tag: UInt8, _ body: [UInt8]) -> [UInt8] {
    let n = body.count
    if n < 0x80 { return [tag, UInt8(n)] + body }
    if n < 0x100 { return [tag, 0x81, UInt8(n)] + body }
    return [tag, 0x82, UInt8(n >> 8), UInt8(n & 0xFF)] + body
  }

  static func sequence(_ items: [UInt8]...) -> [UInt8] { tlv(0x30, items.flatMap { $0 }) }
  static func set(_ items: [UInt8]...) -> [UInt8] { tlv(0x31, items.flatMap { $0 }) }
  static func octets(_ bytes: [UInt8]) -> [UInt8] { tlv(0x04, bytes) }
  static func bits(_ bytes: [UInt8], unused: UInt8 = 0) -> [UInt8] { tlv(0x03, [unused] + bytes) }
  static func utf8(_ text: String) -> [UInt8] { tlv(0x0C, Array(text.utf8)) }
  static func boolean(_ value: Bool) -> [UInt8] { tlv(0x01, [value ? 0xFF : 0]) }
  /// An explicit tag: constructed, context-specific.
  static func explicit(_ number: UInt8, _ body: [UInt8]) -> [UInt8] { tlv(0xA0 | number, body) }

  /// An unsigned big-endian number.
  static func integer(_ bytes: [UInt8]) -> [UInt8] {
    var digits = Array(bytes.drop { $0 == 0 })
    if digits.isEmpty || digits[0] >= 0x80 { digits.insert(0, at: 0) }
    return tlv(0x02, digits)
  }

  static func oid(_ arcs: [UInt32]) -> [UInt8] {
    var body = [UInt8(arcs[0] * 40 + arcs[1])]
    for arc in arcs.dropFirst(2) {
      var digits = [UInt8(arc & 0x7F)]
      var rest = arc >> 7
      while rest > 0 {
        digits.insert(UInt8(rest & 0x7F) | 0x80, at: 0)
        rest >>= 7
      }
      body += digits
    }
    return tlv(0x06, body)
  }

  /// `text` as YYYYMMDDhhmmssZ: UTCTime before 2050, else GeneralizedTime (RFC 5280, 4.1.2.5).
  static func time(_ text: String) -> [UInt8] {
    text < "2050" ? tlv(0x17, Array(text.utf8.dropFirst(2))) : tlv(0x18, Array(text.utf8))
  }

  /// Ecdsa-Sig-Value (RFC 3279) from r ‖ s.
  static func signature(_ raw: [UInt8]) -> [UInt8] { sequence(integer(Array(raw[..<32])), integer(Array(raw[32...]))) }

  /// PEM (RFC 7468).
  static func pem(_ label: String, _ der: [UInt8]) -> String {
    var text = "-----BEGIN \(label)-----\n"
    var rest = Substring(der.base64)
    while !rest.isEmpty {
      text += rest.prefix(64) + "\n"
      rest = rest.dropFirst(64)
    }
    return text + "-----END \(label)-----\n"
  }
}
