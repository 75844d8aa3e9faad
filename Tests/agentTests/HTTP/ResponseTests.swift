import Testing

@testable import agent

struct ResponseTests {
  private static func body(_ text: StaticString) -> ByteBuffer {
    let body = ByteBuffer()
    body.append(text)
    return body
  }

  private static func serialized(_ response: Response, keepAlive: Bool = true, withBody: Bool = true) -> String {
    let head = ByteBuffer()
    response.writeHead(to: head, keepAlive: keepAlive, minorVersion: 1, fields: [])
    return String(decoding: head.storage + (withBody ? response.body.storage : []), as: Unicode.UTF8.self)
  }

  @Test func onTheWire() {
    #expect(
      Self.serialized(Response(body: Self.body("{}"))) == """
        HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\n{}
        """)
    #expect(
      Self.serialized(Response(contentType: .binary), keepAlive: false) == """
        HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: 0\r\nConnection: close\r\n\r\n
        """)
    // the answer to HEAD says how long GET's would be
    #expect(
      Self.serialized(Response(contentType: .text, body: Self.body("text")), withBody: false) == """
        HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 4\r\nConnection: keep-alive\r\n\r\n
        """)
  }

  /// A kept answer is in one piece, unless it is long or made while it is sent.
  @Test func kept() {
    let page = KeptPage(always: Self.body("{}"))
    let first = page.answer(.binary, 0)
    #expect(
      first.map { String(decoding: $0.whole, as: Unicode.UTF8.self) }
        == Self.serialized(Response(.binary, Self.body("{}"))))
    #expect(page.answer(.binary, 0) === first)
    page.keep(Self.body("[]"), 1, for: 1 << 40)
    #expect(page.answer(.binary, 0) == nil)
    #expect(page.answer(.binary, 1)?.whole.suffix(2) == bytes("[]")[...])
    for (count, isWhole) in [(Limits.joinedBody, true), (Limits.joinedBody + 1, false)] {
      let long = KeptPage(always: ByteBuffer(holding: [UInt8](repeating: 0x61, count: count)))
      #expect(long.answer(.json, 0)?.whole.isEmpty == !isWhole)
    }
    let buffer = ByteBuffer()
    buffer.insert(JoinedBody([UInt8](repeating: 0x61, count: Limits.joinedBody + 1)))
    let inserted = KeptPage(always: buffer)
    // each reader starts from the beginning
    let readers = (0..<2).map { _ in inserted.answer(.json, 0)?.content?.all().count }
    #expect(readers == [Limits.joinedBody + 1, Limits.joinedBody + 1])
  }

  @Test func errors() {
    #expect(
      Self.serialized(.error(.badRequest, bytes("say \"please\"")), keepAlive: false) == """
        HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nContent-Length: 26\r\nConnection: close\r\n\r\n\
        {"error":"say \\"please\\""}
        """)
    #expect(
      Self.serialized(.error(.unavailable, bytes("later"))) == """
        HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nContent-Length: 17\r\nRetry-After: 1\r\n\
        Connection: keep-alive\r\n\r\n{"error":"later"}
        """)
    #expect(
      Self.serialized(.methodNotAllowed("GET, POST")) == """
        HTTP/1.1 405 Method Not Allowed\r\nContent-Type: application/json\r\nContent-Length: 42\r\nAllow: GET, POST\r\n\
        Connection: keep-alive\r\n\r\n{"error":"the method is not allowed here"}
        """)
    #expect(
      Self.serialized(.error(HTTPError(.headTooLarge, "too large"))) == """
        HTTP/1.1 431 Request Header Fields Too Large\r\nContent-Type: application/json\r\nContent-Length: 21\r\n\
        Connection: keep-alive\r\n\r\n{"error":"too large"}
        """)
  }

  /// Reason phrases of RFC 9110 §15 (431: RFC 6585 §5).
  @Test(
    arguments: [
      (.ok, 200, "OK"), (.badRequest, 400, "Bad Request"), (.notFound, 404, "Not Found"),
      (.methodNotAllowed, 405, "Method Not Allowed"),
      (.requestTimeout, 408, "Request Timeout"), (.notImplemented, 501, "Not Implemented"),
      (.contentTooLarge, 413, "Content Too Large"),
      (.expectationFailed, 417, "Expectation Failed"), (.headTooLarge, 431, "Request Header Fields Too Large"),
      (.failed, 500, "Internal Server Error"), (.unavailable, 503, "Service Unavailable"),
      (.versionNotSupported, 505, "HTTP Version Not Supported"),
    ] as [(Status, Int, String)])
  func statuses(_ status: Status, _ code: Int, _ reason: String) {
    #expect(Self.serialized(Response(status: status)).hasPrefix("HTTP/1.1 \(code) \(reason)\r\n"))
  }
}
