import Testing

@testable import agent

struct FormEncodingTests {
  private static func decoded(_ text: String, plusIsSpace: Bool = true) -> String? {
    FormEncoding.decode(Array(text.utf8)[...], plusIsSpace: plusIsSpace).map { String(decoding: $0, as: Unicode.UTF8.self) }
  }

  @Test(arguments: [
    ("", ""), ("%00", "\0"), ("plain", "plain"), ("a%20b", "a b"), ("a+b", "a b"), ("a%2Bb", "a+b"), ("%2f%2F", "//"),
    ("my/key/path", "my/key/path"),
    ("%C3%A9", "é"), ("%f0%9f%98%80", "😀"), ("é", "é"), ("%25", "%"), ("%2525", "%25"), ("%01", "\u{1}"), ("a=b", "a=b"),
    ("%7f", "\u{7f}"),
  ])
  func accepted(_ text: String, _ plain: String) { #expect(Self.decoded(text) == plain) }

  @Test(arguments: [
    "%", "%2", "%2g", "%g2", "%%20", "a%", "a%4", "%u0041", "% 1", "%ff", "%c3", "%c3%28", "%ed%a0%80",
    "%c0%80",
  ])
  func refused(_ text: String) {
    #expect(Self.decoded(text) == nil)
    #expect(Self.decoded(text, plusIsSpace: false) == nil)
    #expect(FormEncoding.pairs(Array("a=\(text)".utf8)) == nil)
    #expect(FormEncoding.pairs(Array("\(text)=a".utf8)) == nil)
  }

  @Test func plusIsPlusInPaths() { #expect(Self.decoded("a+b%2B", plusIsSpace: false) == "a+b+") }

  @Test func slicesThatEndInTheMiddle() {
    let text = bytes("x%41yz")
    #expect(FormEncoding.decode(text[1..<4], plusIsSpace: true) == [0x41])
    #expect(FormEncoding.decode(text[1..<3], plusIsSpace: true) == nil)
    #expect(FormEncoding.decode(text[1..<2], plusIsSpace: true) == nil)
  }

  @Test(
    arguments: [
      ("", []), ("a=1", ["a", "1"]), ("a=1&b=2", ["a", "1", "b", "2"]), ("&&a=1&&b=2&", ["a", "1", "b", "2"]),
      ("a", ["a", ""]), ("a=", ["a", ""]),
      ("=1", ["", "1"]), ("=", ["", ""]), ("a==b", ["a", "=b"]), ("a=b=c", ["a", "b=c"]), ("a=1&a=2", ["a", "1", "a", "2"]),
      ("a%3Db=c%26d", ["a=b", "c&d"]), ("n%5B0%5D=x&n[]=y", ["n[0]", "x", "n[]", "y"]), ("a;b=1", ["a;b", "1"]),
      ("path=my/key?x", ["path", "my/key?x"]),
    ] as [(String, [String])])
  func pairs(_ query: String, _ expected: [String]) throws {
    let pairs = try #require(FormEncoding.pairs(Array(query.utf8)))
    #expect(pairs.flatMap { [$0.name, $0.value] } == expected.map { Array($0.utf8) })
  }
}
