import Testing

@testable import agent

struct HexTests {
  /// RFC 4648 §10, the vectors of base 16.
  @Test(arguments: [
    ("", ""), ("f", "66"), ("fo", "666f"), ("foo", "666f6f"), ("foob", "666f6f62"), ("fooba", "666f6f6261"),
    ("foobar", "666f6f626172"),
  ])
  func knownAnswers(_ plain: String, _ digits: String) {
    #expect(Hex.encode(Array(plain.utf8)) == Array(digits.utf8))
    #expect(Hex.decode(Array(digits.utf8)) == Array(plain.utf8))
  }

  @Test func everyByte() {
    let all = (0...255).map { UInt8($0) }
    #expect(Hex.decode(Hex.encode(all)) == all)
    #expect(Hex.encode(all).allSatisfy { "0123456789abcdef".utf8.contains($0) })
    #expect(Hex.decode(Array("00FFaBcDeF".utf8)) == [0, 0xff, 0xab, 0xcd, 0xef])
  }

  @Test func digitsAreThoseOfASCIIOnly() {
    for byte in (0...255).map({ UInt8($0) }) {
      let value = UnicodeScalar(byte).properties.isASCIIHexDigit ? UInt8(String(UnicodeScalar(byte)), radix: 16) : nil
      #expect(Hex.value(byte) == value)
      #expect((Hex.decode([0x30, byte]) == nil) == (value == nil))
      #expect((Hex.decode([byte, 0x30]) == nil) == (value == nil))
    }
  }

  @Test(arguments: ["0", "000", "0g", "g0", "0x00", " 00", "00 ", "0 0", "-1", "+1", "00\n"])
  func refusals(_ text: String) { #expect(Hex.decode(Array(text.utf8)) == nil) }

  @Test func slices() {
    let text = Array("..beef..".utf8)
    #expect(Hex.decode(text[2..<6]) == [0xbe, 0xef])
    #expect(Hex.encode([1, 2, 3][1...]) == bytes("0203"))
  }
}
