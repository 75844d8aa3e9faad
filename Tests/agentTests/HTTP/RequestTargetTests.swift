import Testing

@testable import agent

struct RequestTargetTests {
  /// Nil if it is refused.
  private static func parsed(_ target: [UInt8]) -> Request? {
    var request = Request()
    do throws(HTTPError) {
      try RequestTarget.parse(target[...], &request)
      return request
    } catch {
      return nil
    }
  }

  @Test(
    arguments: [
      ("/", [], ""), ("//", [], ""), ("/%2F", ["/"], ""), ("/GetKey", ["GetKey"], ""),
      ("/prpc/Tappd.Info", ["prpc", "Tappd.Info"], ""),
      ("/GetKey/", ["GetKey"], ""), ("//x", ["x"], ""), ("//a///b//", ["a", "b"], ""), ("/a/%2f/", ["a", "/"], ""),
      ("//?a=b", [], "a=b"),
      ("/a%20b", ["a b"], ""), ("/a+b", ["a+b"], ""), ("/a%2Fb/c", ["a/b", "c"], ""), ("/%C3%A9", ["é"], ""),
      ("/..", [".."], ""), ("/%2e%2e/x", ["..", "x"], ""),
      ("/x?", ["x"], ""), ("/x?a=b", ["x"], "a=b"), ("/x?a=b?c", ["x"], "a=b?c"), ("/x?a=my/key%2", ["x"], "a=my/key%2"),
      ("/?json", [], "json"),
      ("/x?é", ["x"], "é"), ("/x?\"<>\\^`{|}", ["x"], "\"<>\\^`{|}"),
      ("/logs/c?tail=5&follow", ["logs", "c"], "tail=5&follow"),
      // absolute form
      ("http://dstack/GetKey", ["GetKey"], ""), ("http://unix.socket/a/b?c=d", ["a", "b"], "c=d"),
      ("http://[::1]:80/x", ["x"], ""), ("http://a:1/", [], ""), ("HTTP://a/x", ["x"], ""), ("hTTp://a/x", ["x"], ""),
      ("http://a//x", ["x"], ""), ("http://a/http://b/", ["http:", "b"], ""),
      ("/http://b/", ["http:", "b"], ""),
    ] as [(String, [String], String)])
  func accepted(_ target: String, _ path: [String], _ query: String) throws {
    let request = try #require(Self.parsed(Array(target.utf8)))
    #expect(request.path == path.map { Array($0.utf8) })
    #expect(request.query == Array(query.utf8))
  }

  @Test(arguments: [
    "", "x", "*", "?a", "a/b", "example.org:80", "http:/x", "http://", "http:///x", "http://a", "http://a?b", "http://?b",
    "https://a/x", "ftp://a/x",
    "/a b", "/a\tb", "/a\u{7f}", "/x?a b", "/x?a\u{7f}", "/x#y", "/x?y#z", "/é", "/%", "/%2", "/%zz", "/%00", "/%ff", "/%c3",
    "/x\u{1}", "/x?\u{1}", "/x?a\r", "#",
  ])
  func refused(_ target: String) { #expect(Self.parsed(Array(target.utf8)) == nil) }

  /// Neither path nor query may hold a control character, a space or a `#`; above ASCII only a query may.
  @Test func everyByte() {
    for byte in (0...255).map({ UInt8($0) }) {
      let isPlain = byte > 0x20 && byte != 0x7f && byte != UInt8(ascii: "#")
      #expect((Self.parsed([0x2f, 0x61, byte]) != nil) == (isPlain && byte < 0x80 && byte != UInt8(ascii: "%")))
      #expect((Self.parsed([0x2f, 0x3f, byte]) != nil) == isPlain)
    }
  }
}
