import Foundation
import Testing

@testable import agent

struct JSONReaderTests {
  // MARK: - The grammar of RFC 8259

  /// Well-formed, whether the text is used or skipped.
  static let accepted: [String] = [
    // §2: any value is a text; the four kinds of white space
    "null", "true", "false", "0", "\"\"", "[]", "{}", " \t\r\n1 \t\r\n", "[ ]", "{ }", "[\n]", "\n{\r}\t", " [ 1 , 2 ] ",
    "{ \"a\" : 1 , \"b\" : 2 }",
    // §3, §4, §5
    "[true,false,null]", "[[[]]]", "[{},{}]", "{\"a\":{}}", "{\"\":0}", "{\"a\":[{\"b\":null}]}", "{\"a\":1,\"a\":2}",
    "[[],[[]],{\"a\":[]}]",
    // §6
    "-0", "-1", "10", "1234567890", "0.0", "-0.0", "0.5", "1.25", "-1.5", "1e5", "1E5", "1e+5", "1e-5", "1E+05", "0e0", "0e00",
    "0.1e1", "-0e-0",
    "123456789012345678901234567890", "1.000000000000000000000000000001", "1e400", "1e-400", "[1,-1,0.1]",
    // §7
    "\"a\"", "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\u0041\"", "\"\\u00e9\\u20ac\"", "\"\\uD83D\\uDE00\"", "\"\\ud83d\\ude00\"",
    "\"\\u0000\"", "\"é€😀\"",
    "\"\u{7f}\"", "\"\u{80}\"", "\"\u{2028}\u{2029}\"", "\"\u{fffe}\u{ffff}\"", "\"\u{10ffff}\"", "\"\u{feff}\"", "\"\\uFFFF\"",
    "\"\\uDBFF\\uDFFF\"",
    "\"\\uD800\\uDC00\"", "\"/\"", "\"'\"", "\"[1,{]}\"", "{\"\\u0061\":1}", "{\"é\":\"é\"}", "\"\\\\u0041\"",
  ]

  /// Not JSON, whether the text is used or skipped.
  static let refused: [String] = [
    "", " ", "\n", ",", ":", "]", "}", "[", "{", "\"",
    // BOM, other white space, comments
    "\u{feff}{}", "\u{feff}1", "\u{a0}1", "1\u{a0}", "\u{0c}1", "\u{0b}1", "[1\u{2028}]", "/**/1", "1//", "#1", "1\0", "\0",
    "\01", "[\0]", "1 \0",
    // after the end
    "1 2", "1,", "{}{}", "{}]", "[]]", "[]x", "{}}", "\"\"\"", "truefalse", "null,", "{} 1", "00", "[1]2",
    // literals
    "True", "TRUE", "tru", "truee", "t", "f", "n", "nul", "nulll", "fals", "nil", "undefined", "NaN", "Infinity", "-Infinity",
    "[nul]", "[truefalse]", "[tru,1]",
    // arrays
    "[1", "[1,", "[1,]", "[,1]", "[,]", "[1,,2]", "[1 2]", "[1:2]", "[1;2]", "(1)", "[1}", "[\"a\"", "[[]", "[]]", "[", "[\n",
    "[1\n2]", "[\"a\" \"b\"]", "[1],",
    // objects
    "{", "{\"", "{\"a", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,", "{\"a\":1,}", "{,}", "{,\"a\":1}", "{\"a\"}", "{\"a\":}",
    "{\"a\",1}", "{\"a\"::1}", "{\"a\" 1}",
    "{a:1}", "{'a':1}", "{1:1}", "{null:1}", "{\"a\":1 \"b\":2}", "{\"a\":1,,\"b\":2}", "{\"a\":1;\"b\":2}", "{\"a\":1]",
    "{[]:1}", "{\"a\":1,\"b\"}", "{\"a\"=1}", "{\"a\":1:2}",
    // numbers
    "-", "+", "+1", "01", "-01", "00", "-00", "0x1", "1.", ".5", "-.5", "1.e5", "1e", "1e+", "1e-", "1E", "e5", "1e5.5", "1ee5",
    "1.5.5", "--1", "-+1", "1-1", "1+1", "1a", "0a", "-a",
    "1_000", "1,000", "1 000", "0b1", "0o7", "1e1e1", "[1.]", "[01]", "[-]", "[.5]", "[1e]", "\u{0661}", "\u{ff11}", "0.",
    "-0.", "0e", "0.e1", "1\u{0}",
    // strings
    "\"a", "a\"", "\"\\\"", "\"\\", "'a'", "\"\\x41\"", "\"\\a\"", "\"\\v\"", "\"\\0\"", "\"\\'\"", "\"\\U0041\"", "\"\\u\"",
    "\"\\u1\"", "\"\\u12\"", "\"\\u123\"", "\"\\u123g\"",
    "\"\\u-123\"", "\"\\u+123\"", "\"\\u 123\"", "\"\\u12 3\"", "\"\\\u{e9}\"", "\"\n\"", "\"\t\"", "\"\r\"", "\"\0\"",
    "\"\u{1}\"", "\"\u{1f}\"", "\"a\\\n\"", "`a`", "\"a\"b", "\"\\u{41}\"",
    "\"\\uD83D\\u\"", "\"\\uD83D\\uDE0\"", "\"\\uD83D\\uDE0g\"", "\"\\uD83D\\\"", "\"\\uD83D\\u\\\"\"",
  ]

  @Test(arguments: accepted) func wellFormed(_ text: String) throws {
    let tree = try JSONTree.read(Array(text.utf8))
    try JSONTree.skip(Array(text.utf8))
    // Foundation holds numbers in a Double, and takes U+FEFF for a mark wherever it is
    if !text.contains("e400"), !text.contains("\u{feff}") { #expect(try JSONTree.foundation(Array(text.utf8)) == tree) }
  }

  @Test(arguments: refused) func malformed(_ text: String) {
    #expect(refusal { _ = try JSONTree.read(Array(text.utf8)) } == .invalid)
    #expect(refusal { try JSONTree.skip(Array(text.utf8)) } == .invalid)
    #expect(refusal { try JSONTree.skip(Array("{\"a\":\(text)}".utf8)) } == .invalid)
  }

  /// Every byte after a backslash: eight are escapes, `u` starts one.
  @Test func escapes() throws {
    let known: [UInt8: UInt8] = [0x22: 0x22, 0x5c: 0x5c, 0x2f: 0x2f, 0x62: 8, 0x66: 12, 0x6e: 10, 0x72: 13, 0x74: 9]
    for byte in (0...255).map({ UInt8($0) }) {
      let text = [0x22, 0x5c, byte, 0x22]
      #expect((try? JSONTree.read(text)) == known[byte].map { .string([$0]) }, "\(byte)")
      #expect((refusal { try JSONTree.skip(text) } == nil) == (known[byte] != nil), "\(byte)")
    }
  }

  @Test func everyUnitOfAnEscape() throws {
    var wrong: [UInt32] = []
    for unit: UInt32 in 0...0xffff {
      let digits = String(unit, radix: 16)
      let text =
        "\"\\u" + String(repeating: "0", count: 4 - digits.count) + (unit % 2 == 0 ? digits : digits.uppercased()) + "\""
      let expected = UnicodeScalar(unit).map { JSONTree.string(Array(String($0).utf8)) }
      if (try? JSONTree.read(Array(text.utf8))) != expected { wrong.append(unit) }
      if (try? JSONTree.skip(Array(text.utf8))) == nil { wrong.append(unit) }
    }
    #expect(wrong == [])
  }

  /// Only the four white spaces may be around a value, and no control character may be inside a string.
  @Test func everyByteAround() {
    for byte in (0...255).map({ UInt8($0) }) {
      let isSpace = [0x20, 0x09, 0x0a, 0x0d].contains(byte)
      #expect((refusal { try JSONTree.skip([byte, 0x6e, 0x75, 0x6c, 0x6c]) } == nil) == isSpace)
      #expect((refusal { try JSONTree.skip([0x6e, 0x75, 0x6c, 0x6c, byte]) } == nil) == isSpace)
      let isPlain = byte >= 0x20 && byte < 0x80 && byte != 0x22 && byte != 0x5c
      #expect((refusal { try JSONTree.skip([0x22, byte, 0x22]) } == nil) == isPlain)
      #expect((refusal { _ = try JSONTree.read([0x22, byte, 0x22]) } == nil) == isPlain)
    }
  }

  // MARK: - UTF-8

  @Test(arguments: [
    "80", "ff", "c080", "c3", "c328", "e282", "eda080", "edbfbf", "f4908080", "f0808080", "e2825c6e", "e28222", "fe", "c3c3a9",
  ])
  func invalidUTF8(_ digits: String) {
    let foul = octets(digits)
    for text in [
      bytes("\"") + foul + bytes("\""), bytes("{\"") + foul + bytes("\":1}"), bytes("{\"a\":\"") + foul + bytes("\"}"),
      bytes("[\"a") + foul + bytes("b\"]"),
    ] {
      #expect(refusal { _ = try JSONTree.read(text) } == .invalid)
      #expect(refusal { try JSONTree.skip(text) } == .invalid)
      #expect(throws: (any Error).self) { try JSONTree.foundation(text) }
    }
  }

  @Test(arguments: [
    "\\ud800", "\\udbff", "\\udc00", "\\udfff", "a\\ud800", "\\ud800a", "\\ud800\\n", "\\udc00\\ud800", "\\ud800\\ud800\\udc00",
    "\\ud800\\u0041", "\\ud800\\ue000",
    "\\uD83D\\\\uDE00", "\\ud83d\\ud83d",
  ])
  func loneSurrogates(_ inside: String) throws {
    let text = Array("\"\(inside)\"".utf8)
    #expect(refusal { _ = try JSONTree.read(text) } == .invalid)
    try JSONTree.skip(text)
    try JSONTree.skip(bytes("{\"a\":") + text + bytes("}"))
    try JSONTree.skip(bytes("{") + text + bytes(":1}"))
    // as a name it is used: it has to be compared
    #expect(refusal { _ = try JSONTree.read(bytes("{") + text + bytes(":1}")) } == .invalid)
  }

  // MARK: - Depth

  private static func nested(_ open: String, _ close: String, _ depth: Int) -> [UInt8] {
    Array((String(repeating: open, count: depth) + String(repeating: close, count: depth)).utf8)
  }

  @Test func depthAtTheLimit() throws {
    for (text, isAllowed) in [
      (Self.nested("[", "]", 32), true), (Self.nested("[", "]", 33), false),
      (Self.nested("{\"a\":", "}", 32), false),  // no value inside
      (bytes("[") + Self.nested("[", "]", 31) + bytes(",") + Self.nested("[", "]", 31) + bytes("]"), true),
      (bytes("[") + Self.nested("[", "]", 31) + bytes(",") + Self.nested("[", "]", 32) + bytes("]"), false),
    ] {
      #expect((refusal { _ = try JSONTree.read(text) } == nil) == isAllowed)
      #expect((refusal { try JSONTree.skip(text) } == nil) == isAllowed)
    }
    for (depth, isAllowed) in [(32, true), (33, false)] {
      let text = Array((String(repeating: "{\"a\":", count: depth) + "1" + String(repeating: "}", count: depth)).utf8)
      #expect((refusal { _ = try JSONTree.read(text) } == nil) == isAllowed)
      #expect((refusal { try JSONTree.skip(text) } == nil) == isAllowed)
    }
  }

  @Test func depthOfUsedAndSkippedTogether() {
    for (skipped, isAllowed) in [(12, true), (13, false)] {
      let text = bytes("[[[[[[[[[[[[[[[[[[[[") + Self.nested("[", "]", skipped) + bytes("]]]]]]]]]]]]]]]]]]]]")
      let refused = refusal {
        var reader = JSONReader(text)
        var items: [JSONReader.Items] = []
        for _ in 0..<20 {
          var elements = try reader.enterArray()
          _ = try reader.nextElement(&elements)
          items.append(elements)
        }
        try reader.skip()
        while var elements = items.popLast() {
          if try reader.nextElement(&elements) { throw AgentError.failed("an element too many") }
        }
        try reader.end()
      }
      #expect(refused == (isAllowed ? nil : .invalid))
    }
  }

  @Test func bombsEndEarly() {
    for bomb in ["[", "{\"a\":", "[{\"a\":", "[[],"] {
      let text = Array(String(repeating: bomb, count: 60_000).utf8)
      #expect(refusal { try JSONTree.skip(text) } == .invalid)
      #expect(refusal { _ = try JSONTree.read(text) } == .invalid)
    }
  }

  /// Breadth is not depth.
  @Test func manySiblings() throws {
    let row = "[" + (0..<1000).map { _ in "[{\"a\":[]}]" }.joined(separator: ",") + "]"
    try JSONTree.skip(Array(row.utf8))
    #expect(try JSONTree.read(Array(row.utf8)) == JSONTree.foundation(Array(row.utf8)))
  }

  // MARK: - Numbers

  @Test(arguments: [
    ("0", 0), ("1", 1), (" 42 ", 42), ("9007199254740993", 9_007_199_254_740_993), ("18446744073709551615", UInt64.max),
    ("18446744073709551614", UInt64.max - 1), ("9223372036854775808", 1 << 63),
  ])
  func unsigned(_ text: String, _ value: UInt64) throws {
    var reader = JSONReader(Array(text.utf8))
    #expect(try reader.unsigned() == value)
    try reader.end()
  }

  @Test(arguments: [
    "18446744073709551616", "18446744073709551620", "99999999999999999999999", "-0", "-1", "1.0", "1.5", "1e0", "1e3", "10E1",
    "01", "+1", "\"1\"", "null", "true", "[1]", "",
    "0x10", "-", "1.",
  ])
  func refusedUnsigned(_ text: String) {
    #expect(
      refusal {
        var reader = JSONReader(Array(text.utf8))
        _ = try reader.unsigned()
        try reader.end()
      } == .invalid)
  }

  // MARK: - Typed reads

  /// A value of another type is refused, not skipped.
  @Test(arguments: ["null", "true", "1", "\"a\"", "[1]", "{\"a\":1}"])
  func wrongTypes(_ text: String) {
    let text = Array(text.utf8)
    func fits(_ read: (inout JSONReader) throws -> Void) -> Bool {
      refusal {
        var reader = JSONReader(text)
        try read(&reader)
      } == nil
    }
    #expect(fits { _ = try $0.bool() } == text.matches("true"))
    #expect(fits { _ = try $0.string() } == text.matches("\"a\""))
    #expect(fits { _ = try $0.unsigned() } == text.matches("1"))
    #expect(fits { _ = try $0.enterArray() } == text.matches("[1]"))
    #expect(fits { _ = try $0.enterObject() } == text.matches("{\"a\":1}"))
    #expect(fits { if try $0.null() != text.matches("null") { throw AgentError.failed("null is not told") } })
  }

  /// If there is no null, `null()` reads nothing.
  @Test func aMissingNullIsNotRead() throws {
    for text in ["nul", "n", "", "number"] {
      var reader = JSONReader(Array(text.utf8))
      #expect(try reader.null() == false)
      #expect(reader.peek() == (text.isEmpty ? 0 : UInt8(ascii: "n")))
    }
    var reader = JSONReader(bytes(" [ null , \"x\" ]"))
    var elements = try reader.enterArray()
    #expect(try reader.nextElement(&elements))
    #expect(try reader.null())
    #expect(try reader.nextElement(&elements))
    #expect(try !reader.null())
    #expect(try reader.string() == bytes("x"))
    #expect(try !reader.nextElement(&elements))
    try reader.end()
    #expect(reader.peek() == 0)
  }

  /// Names may come twice; the end is the end.
  @Test func members() throws {
    var seen: [[UInt8]] = []
    var reader = JSONReader(bytes("{\"a\":1,\"b\":[2],\"a\":{}} "))
    var members = try reader.enterObject()
    while let name = try reader.nextMember(&members) {
      seen.append(name)
      try reader.skip()
    }
    try reader.end()
    #expect(seen == [bytes("a"), bytes("b"), bytes("a")])
    var more = JSONReader(bytes("{} {}"))
    try more.skip()
    #expect(refusal { try more.end() } == .invalid)
  }

  /// From locked memory, without an array in between.
  @Test func readsASecret() throws {
    var reader = JSONReader(try Secret(copying: bytes("{\"key\":\"\\u00e9\\n00ff\",\"x\":[1,{}]}")).source)
    var members = try reader.enterObject()
    #expect(try reader.nextMember(&members) == bytes("key"))
    var out: [UInt8] = []
    try reader.string { out.append($0) }
    #expect(out == [0xc3, 0xa9, 0x0a] + bytes("00ff"))
    #expect(try reader.nextMember(&members) == bytes("x"))
    try reader.skip()
    #expect(try reader.nextMember(&members) == nil)
    try reader.end()
  }

  // MARK: - Broken input

  static let sample = Array(
    """
    {"string":"a\\"\\\\\\u00e9\\ud83d\\ude00é€😀","list":[1,-2.5e+3,0,[],[{}]],"flag":true,"no":false,"none":null,"nest":{"":{"x":[[1],2]}}}
    """.utf8)

  @Test func everyPrefixIsRefused() throws {
    #expect(try JSONTree.read(Self.sample) == JSONTree.foundation(Self.sample))
    for count in 0..<Self.sample.count {
      let prefix = Array(Self.sample[..<count])
      #expect(refusal { _ = try JSONTree.read(prefix) } == .invalid)
      #expect(refusal { try JSONTree.skip(prefix) } == .invalid)
    }
  }

  /// The same text cut off inside values that are read, not skipped, one by one.
  @Test func everyPrefixOfEachType() {
    let reads: [(StaticString, (inout JSONReader) throws(AgentError) -> Void)] = [
      ("\"\\ud83d\\ude00\\n€\"", { (reader) throws(AgentError) in _ = try reader.string() }),
      ("false", { (reader) throws(AgentError) in _ = try reader.bool() }),
      (
        "{\"a\":1}",
        { (reader) throws(AgentError) in
          var members = try reader.enterObject()
          while try reader.nextMember(&members) != nil { _ = try reader.unsigned() }
        }
      ),
      (
        "[\"a\",\"b\"]",
        { (reader) throws(AgentError) in
          var elements = try reader.enterArray()
          while try reader.nextElement(&elements) { _ = try reader.string() }
        }
      ),
    ]
    for (text, read) in reads {
      let whole = bytes(text)
      for count in 0...whole.count {
        var reader = JSONReader(Array(whole[..<count]))
        #expect((refusal { try read(&reader) } == nil) == (count == whole.count), "\(text) cut at \(count)")
      }
    }
  }

  /// Every byte of the sample is replaced by each of a few others: the result must be what Foundation makes of it.
  @Test func damagedSamples() {
    var differences: [String] = []
    for place in Self.sample.indices {
      for byte in Array("\"\\,:[]{}0-.eE+ tnu".utf8) + [0x00, 0x1f, 0x80, 0xc3, 0xff] {
        var text = Self.sample
        text[place] = byte
        let ours = try? JSONTree.read(text)
        let theirs = try? JSONTree.foundation(text)
        // Foundation lets a comma at an array's end through
        if ours != theirs, !text.contains(bytes(", ]")) { differences.append(String(decoding: text, as: Unicode.UTF8.self)) }
        // what can be used can be skipped; the other way round a lone surrogate makes the difference
        if ours != nil, refusal({ try JSONTree.skip(text) }) != nil { differences.append("not skipped: \(text)") }
      }
    }
    #expect(differences == [])
  }

  @Test func errorsAreShortAndEchoNothing() {
    for text in Self.refused {
      do throws(AgentError) {
        _ = try JSONTree.read(Array(text.utf8))
        Issue.record("accepted: \(text)")
      } catch {
        #expect(error.text.count <= 64)
        #expect(error.text.allSatisfy { $0 >= 0x20 && $0 < 0x7f })
      }
    }
  }
}
