import Testing

@testable import agent

struct URLPartsTests {
  @Test(arguments: [
    ("x://a", "a", "a", nil, ""), ("x://a/", "a", "a", nil, ""), ("x://a-1.B:0/b//c//", "a-1.B:0", "a-1.B", 0, "/b//c"),
    ("x://a:18446744073709551615", "a:18446744073709551615", "a", UInt64.max, ""), ("x://[a:b]:1/[", "[a:b]:1", "a:b", 1, "/["),
    ("x://[:]", "[:]", ":", nil, ""), ("x://1.2.3.4:5/%41;:@!", "1.2.3.4:5", "1.2.3.4", 5, "/%41;:@!"),
  ])
  func taken(_ url: String, _ authority: String, _ host: String, _ port: UInt64?, _ path: String) throws {
    let parts = try #require(URLParts(utf8(url), scheme: "x"))
    #expect(parts.authority == utf8(authority) && parts.host == utf8(host) && parts.port == port && parts.path == utf8(path))
  }

  @Test(arguments: [
    "", "x", "x:", "x:/", "x:/a", "x://", "x:///a", "X://a", "y://a", "xx://a", "x://:1", "x://a:", "x://a:b", "x://a:-1",
    "x://a:1:2", "x://a:18446744073709551616", "x://u@a", "x://a/?q", "x://a?q", "x://a/#f", "x://a b", "x://a/b c",
    "x://a\r\nb", "x://ü", "x://a/ü", "x://a/\u{7f}", "x://a/\0", "x://[a:b", "x://[]", "x://[a]", "x://[a:b]1", "x://a:b]",
    "x://a_b",
    "x://::1",
  ])
  func refused(_ url: String) { #expect(URLParts(utf8(url), scheme: "x") == nil) }
}
