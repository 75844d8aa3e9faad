import Testing

@testable import agent

struct BytesTests {
  @Test func decimalOfEveryWidth() {
    #expect(decimal(0) == bytes("0"))
    #expect(decimal(Int.min) == bytes("-9223372036854775808"))
    #expect(decimal(Int.max) == bytes("9223372036854775807"))
    #expect(decimal(UInt64.max) == bytes("18446744073709551615"))
    #expect(decimal(Int8.min) == bytes("-128"))
    #expect(decimal(UInt8.max) == bytes("255"))
    for number in -1100...1100 { #expect(decimal(number) == Array("\(number)".utf8)) }
  }

  @Test(arguments: [
    ("0", 0), ("00", 0), ("007", 7), ("9", 9), ("10", 10), ("18446744073709551615", UInt64.max),
    ("18446744073709551614", UInt64.max - 1),
    ("0000000000000000000000018446744073709551615", UInt64.max),
  ])
  func parsedNumbers(_ text: String, _ value: UInt64) { #expect(parseDecimal(Array(text.utf8)) == value) }

  @Test(arguments: [
    "", " ", "+5", "-5", "-0", "5 ", " 5", "1e3", "1.0", "0x10", "1_000", "18446744073709551616", "18446744073709551620",
    "28446744073709551615", "99999999999999999999", "100000000000000000000000000", "\u{0665}", "5\0", "/", ":",
  ])
  func refusedNumbers(_ text: String) { #expect(parseDecimal(Array(text.utf8)) == nil) }

  @Test func parsesWhatItWrites() {
    var number: UInt64 = 1
    for _ in 0..<64 {
      for near in [number &- 1, number, number &+ 1] { #expect(parseDecimal(decimal(near)) == near) }
      number = number << 1
    }
  }

  @Test func classesOfASCII() {
    for byte in (0...255).map({ UInt8($0) }) {
      let scalar = UnicodeScalar(byte)
      #expect(isDigit(byte) == ("0"..."9").contains(scalar))
      #expect(isLetter(byte) == (("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar)))
      #expect(lowercased(byte) == (("A"..."Z").contains(scalar) ? byte + 32 : byte))
    }
  }

  @Test func literals() {
    #expect(bytes("") == [])
    #expect(bytes("x") == [0x78])
    #expect(bytes("é") == [0xc3, 0xa9])
    #expect(bytes("\u{1f600}") == [0xf0, 0x9f, 0x98, 0x80])
    #expect(bytes("naïve €") == Array("naïve €".utf8))
    #expect([0x78].matches("x"))
    #expect([0xc3, 0xa9].matches("é"))
    #expect(![0xc3].matches("é"))
    #expect(!([] as [UInt8]).matches("x"))
    #expect(([] as [UInt8]).matches(""))
  }

  /// Of every length up to some words, and with a difference in every place.
  @Test func equalSlices() {
    for count in 0...40 {
      let text = (0..<UInt8(count)).map { $0 &* 37 }
      let all = [1, 2, 3] + text + [4]
      let slice = all[3..<(3 + count)]
      #expect(slice == text[...] && text[...] == slice)
      #expect(all[3...] != text[...] && text[...] != all[3...])
      for place in 0..<count {
        var other = text
        other[place] ^= 0x20
        #expect(other[...] != slice && slice != other[...])
      }
    }
  }

  @Test func comparisons() {
    let word = Array("Content-Length".utf8)
    #expect(word.matches("Content-Length"))
    #expect(!word.matches("content-length"))
    #expect(!word.matches("Content-Lengt"))
    #expect(!word.matches("Content-Length "))
    #expect(word.matchesIgnoringCase("content-LENGTH"))
    #expect(!word.matchesIgnoringCase("content-lengtx"))
    #expect(!word.matchesIgnoringCase("content-lengths"))
    // only letters have a case: "[" and "{" differ in the same bit
    #expect(!([0x5b] as [UInt8]).matchesIgnoringCase("{"))
    #expect(!([0x0d] as [UInt8]).matchesIgnoringCase("-"))
    #expect(word.hasPrefix(""))
    #expect(word.hasPrefix("Content"))
    #expect(word.hasPrefix("Content-Length"))
    #expect(!word.hasPrefix("Content-Length:"))
    #expect(!word.hasPrefix("content"))
    #expect(word[8...].hasPrefix("Length"))
    #expect(word[8...].matches("Length"))
    #expect(word[8...].matchesIgnoringCase("LENGTH"))
  }
}
