import CSodium

/// Base 64 (RFC 4648), by libsodium: no branch and no address depends on the data, so keys need no other code.
enum Base64 {
  /// §4: four digits for three bytes, padded with `=`.
  @inline(never)
  static func encode(_ data: [UInt8]) -> [UInt8] { encode(data, sodium_base64_VARIANT_ORIGINAL) }

  /// §5: the URL-safe alphabet, without padding.
  static func encodeURL(_ data: [UInt8]) -> [UInt8] { encode(data, sodium_base64_VARIANT_URLSAFE_NO_PADDING) }

  /// The same for what is not secret: a table is faster.
  static func append(_ data: ArraySlice<UInt8>, to out: ByteBuffer) {
    let digits: StaticString = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    let table = UnsafeBufferPointer(start: digits.utf8Start, count: digits.utf8CodeUnitCount)
    out.append(upTo: (data.count + 2) / 3 * 4) { room in
      for start in stride(from: data.startIndex, to: data.endIndex, by: 3) {
        let left = data.endIndex - start
        var group = UInt32(data[start]) << 16
        if left > 1 { group |= UInt32(data[start + 1]) << 8 }
        if left > 2 { group |= UInt32(data[start + 2]) }
        for digit in 0..<4 { room.append(digit <= left ? table[Int(group >> (18 - 6 * digit)) & 63] : UInt8(ascii: "=")) }
      }
    }
  }

  /// The bytes of padded standard base 64; nil for a wrong length, an invalid byte, misplaced padding, or trailing bits that are not zero.
  static func decode(_ text: [UInt8]) -> [UInt8]? {
    // libsodium 1.0.18 takes bytes above 0x7f for the digit of 63 where char is signed
    guard text.allSatisfy({ $0 < 0x80 }) else { return nil }
    var out = [UInt8](repeating: 0, count: text.count / 4 * 3)
    var count = 0
    let rc = text.withUnsafeBytes {
      sodium_base642bin(
        &out, text.count / 4 * 3, $0.bindMemory(to: CChar.self).baseAddress, text.count, nil, &count, nil,
        sodium_base64_VARIANT_ORIGINAL)
    }
    guard rc == 0 else { return nil }
    out.removeLast(out.count - count)
    return out
  }

  /// Writes the digits and a NUL; returns how many bytes that is.
  static func write(
    _ data: UnsafePointer<UInt8>, _ count: Int, _ variant: Int32 = sodium_base64_VARIANT_ORIGINAL,
    to out: UnsafeMutablePointer<UInt8>
  ) -> Int {
    let size = sodium_base64_encoded_len(count, variant)
    out.withMemoryRebound(to: CChar.self, capacity: size) { _ = sodium_bin2base64($0, size, data, count, variant) }
    return size
  }

  private static func encode(_ data: [UInt8], _ variant: Int32) -> [UInt8] {
    var out = [UInt8](repeating: 0, count: sodium_base64_encoded_len(data.count, variant))
    _ = write(data, data.count, variant, to: &out)
    out.removeLast()
    return out
  }
}

/// Padded base 64 of data that comes in pieces of any size.
struct Base64Stream {
  /// Bytes that do not fill a group of three yet.
  private var rest: [UInt8] = []

  mutating func write(_ data: ArraySlice<UInt8>, to out: ByteBuffer) {
    let all = rest + data
    let whole = all.count / 3 * 3
    Base64.append(all[..<whole], to: out)
    rest = Array(all[whole...])
  }

  /// Ends the text; data written later begins another one.
  mutating func finish(to out: ByteBuffer) {
    Base64.append(rest[...], to: out)
    rest = []
  }
}
