import Testing

@testable import agent

struct TextPartsTests {
  @Test(arguments: [
    ("", [""]), ("a", ["a"]), (":", ["", ""]), ("a:b", ["a", "b"]), ("a:", ["a", ""]), (":a", ["", "a"]),
    ("a::b: c", ["a", "", "b", " c"]),
  ])
  func parts(_ text: String, _ expected: [String]) {
    // of a slice that does not begin at 0
    let parts = TextParts(utf8("x" + text).dropFirst(), by: UInt8(ascii: ":"))
    #expect(parts.map { String(decoding: $0, as: UTF8.self) } == expected)
  }

  @Test func lines() {
    #expect(TextParts(linesOf: utf8("a\r\n\nb")).map { Array($0) } == [utf8("a\r"), [], utf8("b")])
  }

  @Test(arguments: [
    ("", []), (" \t\r\n", []), ("a", ["a"]), (" a", ["a"]), ("a\tbc \r\n", ["a", "bc"]), ("a\u{b}b\u{c}c", ["a", "b", "c"]),
    ("a\0b \u{8} \u{e} \u{a0}", ["a\0b", "\u{8}", "\u{e}", "\u{a0}"]),
  ])
  func words(_ text: String, _ expected: [String]) {
    let words = TextWords(utf8("x" + text).dropFirst())
    #expect(words.map { String(decoding: $0, as: UTF8.self) } == expected)
    for index in expected.indices { #expect(words[index].elementsEqual(expected[index].utf8)) }
    #expect(words[expected.count].isEmpty && words[expected.count + 7].isEmpty)
  }

  @Test func restOfTheWords() {
    var words = TextWords(utf8("  a  b \t c\r\n")[...])
    #expect(words.next()?.elementsEqual(utf8("a")) == true && words.rest.elementsEqual(utf8("b \t c")))
    #expect(words.next()?.elementsEqual(utf8("b")) == true && words.next()?.elementsEqual(utf8("c")) == true)
    #expect(words.rest.isEmpty && words.next() == nil)
  }
}
