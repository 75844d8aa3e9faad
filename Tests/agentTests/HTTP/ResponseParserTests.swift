import Testing

@testable import agent

struct ResponseParserTests {
  private struct Answer: Equatable {
    var status = 0
    var body = ""
    var isComplete = false
  }

  /// The outcome for `text` in pieces of `size` bytes; nil if it is refused.
  private static func read(_ text: String, pieces size: Int, isEnded: Bool = false) -> Answer? {
    var parser = ResponseParser()
    var body: [UInt8] = []
    var rest = Array(text.utf8)[...]
    do {
      while !rest.isEmpty {
        let piece = Array(rest.prefix(size))
        try parser.take(ArraySource(piece), piece.count) { body += piece[$0] }
        rest = rest.dropFirst(size)
      }
      if isEnded { try parser.end() }
    } catch {
      return nil
    }
    return Answer(
      status: parser.status, body: String(decoding: body, as: Unicode.UTF8.self), isComplete: parser.isComplete)
  }

  private static let head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"

  @Test(arguments: [1, 2, 3, 7, 1000])
  func answers(_ size: Int) {
    let whole = Answer(status: 200, body: "abcdef", isComplete: true)
    #expect(Self.read(Self.head + "Content-Length: 6\r\n\r\nabcdef", pieces: size) == whole)
    #expect(Self.read(Self.head + "content-length:6\r\n\r\nabcdefgh", pieces: size) == whole)
    #expect(Self.read(Self.head + "\r\nabcdef", pieces: size, isEnded: true) == whole)
    let chunks = "Transfer-Encoding: chunked\r\n\r\n4;x=y\r\nabcd\r\n02\r\nef\r\n0\r\nTrailer: 1\r\n\r\n"
    #expect(Self.read(Self.head + chunks, pieces: size) == whole)
    #expect(Self.read("HTTP/1.1 100 Continue\r\n\r\n" + Self.head + chunks, pieces: size) == whole)
    #expect(Self.read("HTTP/1.0 404 \r\nContent-Length: 0\r\n\r\n", pieces: size) == Answer(status: 404, isComplete: true))
    #expect(Self.read("HTTP/1.1 204 No Content\r\n\r\n", pieces: size) == Answer(status: 204, isComplete: true))
    #expect(Self.read("HTTP/1.1 200\nContent-Length: 1\n\nx", pieces: size)?.body == "x")
    #expect(Self.read("HTTP/1.1 500 \r\nContent-Length:\t1 \r\n\r\nx", pieces: size)?.body == "x")
    let empty = "Transfer-Encoding: Chunked\r\n\r\n000\r\nTrailer: a\r\n\r\nbehind it"
    #expect(Self.read(Self.head + empty, pieces: size) == Answer(status: 200, isComplete: true))
  }

  @Test(
    arguments: [
      "", "HTTP/1.1 200 OK\r\n", head + "\r", head + "Content-Length: 6\r\n\r\nabcde",
      head + "Transfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n", head + "Transfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n0\r\n",
    ])
  func cutOff(_ text: String) {
    #expect(Self.read(text, pieces: 5)?.isComplete == false)
    #expect(Self.read(text, pieces: 5, isEnded: true) == nil)
  }

  @Test(
    arguments: [
      "\r\n", "http/1.1 200 OK\r\n", "HTTP/1.1 2x0 \r\n", "HTTP/2 200 OK\r\n", "HTTP/1.1 20 OK\r\n", "HTTP/1.1 099 OK\r\n",
      "HTTP/1.1 2000 OK\r\n", "HTTP/1.1  200\r\n",
      "200 OK\r\n",
      head + "no colon\r\n", head + ": empty\r\n", head + "Content-Length: +5\r\n", head + "Content-Length: -1\r\n",
      head + "Content-Length: 1\r\nContent-Length: 2\r\n", head + "Content-Length: 99999999999999999999\r\n",
      head + "Transfer-Encoding: gzip, chunked\r\n", head + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
      head + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
      head + "Transfer-Encoding: chunked\r\n\r\n\r\n", head + "Transfer-Encoding: chunked\r\n\r\nx\r\n",
      head + "Transfer-Encoding: chunked\r\n\r\n-1\r\n", head + "Transfer-Encoding: chunked\r\n\r\n1000000000000000\r\n",
      head + "Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n",
    ])
  func refused(_ text: String) {
    for size in [1, 1000] { #expect(Self.read(text, pieces: size) == nil) }
  }

  @Test func bounds() {
    let start = Self.head + "X: "
    let room = Limits.responseHead - start.utf8.count - 4
    #expect(Self.read(start + String(repeating: "x", count: room) + "\r\n\r\n", pieces: 4096)?.status == 200)
    #expect(Self.read(start + String(repeating: "x", count: room + 1) + "\r\n\r\n", pieces: 4096) == nil)
    let chunks = Self.head + "Transfer-Encoding: chunked\r\n\r\n1;"
    let extension_ = Limits.responseLine - 4
    #expect(Self.read(chunks + String(repeating: "x", count: extension_) + "\r\na", pieces: 4096)?.body == "a")
    #expect(Self.read(chunks + String(repeating: "x", count: extension_ + 1) + "\r\na", pieces: 4096) == nil)
    let trailer = Self.head + "Transfer-Encoding: chunked\r\n\r\n0\r\n"
    #expect(Self.read(trailer + String(repeating: "x\r\n", count: Limits.responseLine), pieces: 4096) == nil)
  }
}
