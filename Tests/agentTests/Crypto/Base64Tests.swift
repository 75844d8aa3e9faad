import Foundation
import Testing

@testable import agent

struct Base64Tests {
  /// RFC 4648 §10.
  @Test(arguments: [
    ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
    ("foobar", "Zm9vYmFy"),
  ])
  func knownAnswers(_ plain: String, _ digits: String) {
    #expect(Base64.encode(Array(plain.utf8)) == Array(digits.utf8))
    #expect(Base64.decode(Array(digits.utf8)) == Array(plain.utf8))
    #expect(Base64.encodeURL(Array(plain.utf8)) == Array(digits.utf8.prefix { $0 != UInt8(ascii: "=") }))
  }

  @Test func agreesWithFoundation() {
    for count in 0..<200 {
      let data = (0..<count).map { UInt8(truncatingIfNeeded: ($0 * 7 + count * 13) ^ $0 >> 3) }
      let expected = Array(Data(data).base64EncodedData())
      #expect(Base64.encode(data) == expected)
      #expect(Base64.decode(expected) == data)
    }
  }

  /// All 64 digits in order, in both alphabets.
  @Test func alphabets() {
    let data = octets("00108310518720928b30d38f41149351559761969b71d79f8218a39259a7a29aabb2dbafc31cb3d35db7e39ebbf3dfbf")
    #expect(Base64.encode(data) == bytes("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"))
    #expect(Base64.encodeURL(data) == bytes("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"))
    #expect(Base64.decode(Base64.encode(data)) == data)
  }

  /// Each of the 256 bytes in each place of a group of four.
  @Test func foreignBytes() {
    let digits = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    for byte in (0...255).map({ UInt8($0) }) {
      for place in 0..<4 {
        var text = bytes("AAAA")
        text[place] = byte
        // one pad at the end is well-formed: the digit before it has no stray bits
        let fits = digits.contains(byte) || (byte == UInt8(ascii: "=") && place == 3)
        #expect((Base64.decode(text) != nil) == fits, "\(byte) in place \(place)")
      }
    }
  }

  @Test(arguments: [
    "A", "AA", "AAA", "AAAAA", "Zg", "Zg=", "Zm8", "=", "==", "===", "====", "A===", "AA=A", "A=AA", "=AAA", "A==A", "AAAA====",
    "Zg==Zg==", "Zg==\n", "Zg= =", "Zm9v Zm9", "Zg==AAAA", "AA-_", "AAA\u{00ff}",
  ])
  func refusals(_ text: String) { #expect(Base64.decode(Array(text.utf8)) == nil) }

  /// RFC 4648 §3.5: of the last digit only 2 or 4 bits are used; the others must be zero.
  @Test func strayBits() {
    let alphabet = bytes("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
    for (value, digit) in alphabet.enumerated() {
      #expect((Base64.decode([0x41, digit, 0x3d, 0x3d]) != nil) == (value % 16 == 0))
      #expect((Base64.decode([0x41, 0x41, digit, 0x3d]) != nil) == (value % 4 == 0))
    }
  }

  /// In pieces of any size it is the same text.
  @Test func pieces() {
    var text: [UInt8] = []
    for byte: UInt8 in 0..<100 {
      let out = ByteBuffer()
      var stream = Base64Stream()
      for byte in text { stream.write([byte], to: out) }
      stream.finish(to: out)
      #expect(out.storage == Base64.encode(text))
      let whole = ByteBuffer()
      stream.write(text[...], to: whole)
      stream.finish(to: whole)
      #expect(whole.storage == out.storage)
      text.append(byte &* 37)
    }
  }
}
