import Testing

@testable import agent

struct ResponseReaderTests {
  /// Status, body, and how many bytes were taken; the stream ends behind the text.
  private func read(_ text: String) throws -> (UInt64, String, Int) {
    var reader = ResponseReader()
    var body: [UInt8] = []
    var taken = 0
    for byte in text.utf8 where !reader.isComplete {
      if try reader.take(byte) { body.append(byte) }
      taken += 1
    }
    try reader.end()
    return (reader.status, String(decoding: body, as: UTF8.self), taken)
  }

  @Test(arguments: [
    ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", 200, "{}"), ("HTTP/1.1 404\r\ncontent-length:\t0 \r\n\r\n", 404, ""),
    ("HTTP/1.0 200 OK\r\n\r\nabc", 200, "abc"), ("HTTP/1.1 500 \r\nServer: x\r\nContent-Length:1\r\n\r\nx", 500, "x"),
    ("HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n2\r\nab\r\n0A;x=y\r\n0123456789\r\n0\r\n\r\n", 200, "ab0123456789"),
    ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n000\r\nTrailer: a\r\n\r\n", 200, ""),
  ])
  func taken(_ text: String, _ status: UInt64, _ body: String) throws {
    let (gotStatus, gotBody, taken) = try read(text)
    #expect(gotStatus == status && gotBody == body && taken == text.utf8.count)
    // what comes behind an answer whose end is known is not looked at
    if text.contains("ength") || text.contains("hunked") { #expect(try read(text + "HTTP").2 == text.utf8.count) }
  }

  private static let head = "HTTP/1.1 200 OK\r\n"
  private static let chunked = head + "Transfer-Encoding: chunked\r\n"

  @Test(arguments: [
    "HTTP/2 200 OK\r\n", "HTTP/1.1 20\r\n", "HTTP/1.1 2000\r\n", "HTTP/1.1 2x0 \r\n", "HTTP/1.1  200\r\n",
    "http/1.1 200 OK\r\n",
    "HTTP/1.1 200 OK\n", "\r\n", head + "x\r\n", head + "Content-Length: +1\r\n",
    head + "Content-Length: 1\r\nContent-Length: 1\r\n", head + "Content-Length: 18446744073709551616\r\n",
    head + "Transfer-Encoding: gzip, chunked\r\n", chunked + "Content-Length: 1\r\n\r\n",
    chunked + "\r\n\r\n", chunked + "\r\n-1\r\n", chunked + "\r\n1000000000000000\r\n", chunked + "\r\n1\r\nab\r\n",
  ])
  func malformed(_ text: String) {
    #expect(failure { _ = try read(text) } == "the answer is not HTTP")
  }

  @Test func cutShort() {
    for text in [
      "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n",
    ] {
      for length in 0..<text.count {
        #expect(failure { _ = try read(String(text.prefix(length))) } == "the answer is cut short")
      }
    }
  }

  @Test func headLimit() throws {
    let start = "HTTP/1.1 200 OK\r\nA: "
    let end = "\r\n\r\n"
    let filler = String(repeating: "x", count: Limits.answerHead - start.utf8.count - 4)
    #expect(try read(start + filler + end).0 == 200)
    #expect(failure { _ = try read(start + filler + "x" + end) } == "the head of the answer is too large")
  }
}
