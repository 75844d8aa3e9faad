/// Helpers for building reports, quotes and logs out of bytes.
extension Array where Element == UInt8 {
  init(zeros count: Int) { self.init(repeating: 0, count: count) }

  /// Appends a number, little-endian.
  mutating func append<T: FixedWidthInteger>(le value: T) {
    for i in 0..<T.bitWidth / 8 { append(UInt8(truncatingIfNeeded: value >> T(i * 8))) }
  }

  static func le<T: FixedWidthInteger>(_ value: T) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.append(le: value)
    return bytes
  }

  /// The little-endian number at `offset`, or nil past the end.
  func le<T: FixedWidthInteger>(_ type: T.Type, at offset: Int) -> T? {
    let size = T.bitWidth / 8
    guard offset >= 0, offset <= count - size else { return nil }
    var value: T = 0
    for i in (0..<size).reversed() { value = value << 8 | T(self[offset + i]) }
    return value
  }

  var hex: String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }

  init?(hex: String) {
    let text = [UInt8](hex.utf8)
    guard text.count % 2 == 0 else { return nil }
    self = []
    for i in stride(from: 0, to: text.count, by: 2) {
      guard let byte = UInt8(String(decoding: text[i..<i + 2], as: UTF8.self), radix: 16), text[i] != 0x2B else { return nil }
      append(byte)
    }
  }

  /// Standard base64 with padding (RFC 4648).
  var base64: String {
    let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    var text: [UInt8] = []
    for i in stride(from: 0, to: count, by: 3) {
      let left = Swift.min(3, count - i)
      var bits: UInt32 = 0
      for j in 0..<3 { bits = bits << 8 | (j < left ? UInt32(self[i + j]) : 0) }
      for j in 0..<4 { text.append(j <= left ? digits[Int(bits >> (18 - 6 * UInt32(j)) & 63)] : 0x3D) }
    }
    return String(decoding: text, as: UTF8.self)
  }
}
