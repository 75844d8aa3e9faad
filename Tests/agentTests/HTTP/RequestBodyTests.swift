import Testing

@testable import agent

struct RequestBodyTests {
  /// What becomes of bytes after a head.
  enum Outcome: Equatable {
    case body(String, behind: String)
    case incomplete
    case refused(Status, String)
  }

  static func chunked(_ text: String, by size: Int = Int.max) -> Outcome {
    var request = Request()
    request.isChunked = true
    return outcome(request, Array(text.utf8), by: size)
  }

  private static func outcome(_ request: Request, _ input: [UInt8], by size: Int) -> Outcome {
    var body = RequestBody(of: request)
    var at = 0
    do throws(HTTPError) {
      while at < input.count, !body.isComplete {
        at += try body.take(input[at..<min(input.count, at + min(size, input.count))])
      }
    } catch {
      return .refused(error.status, "\(error.text)")
    }
    if !body.isComplete { return .incomplete }
    return .body(text(body.data), behind: text(Array(input[at...])))
  }

  private static func text(_ data: [UInt8]) -> String { String(decoding: data, as: Unicode.UTF8.self) }

  static let malformed = Outcome.refused(.badRequest, "malformed chunked body")
  private static let tooLarge = Outcome.refused(.contentTooLarge, "request bodies are at most 1 MiB: payload too large")
  private static let tooMuchBeside = Outcome.refused(.headTooLarge, "chunk extensions and trailers are too large")

  @Test(arguments: [0, 1, 5]) func length(_ count: Int) {
    var request = Request()
    request.contentLength = count
    let text = String("hello".prefix(count))
    for size in [1, 2, 100] {
      #expect(Self.outcome(request, Array((text + "GET").utf8), by: size) == .body(text, behind: "GET"))
      if count > 0 { #expect(Self.outcome(request, Array(text.dropLast().utf8), by: size) == .incomplete) }
    }
  }

  @Test(arguments: [
    ("0\r\n\r\n", ""), ("5\r\nhello\r\n0\r\n\r\n", "hello"), ("2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n", "hello"),
    ("A\r\n0123456789\r\n0\r\n\r\n", "0123456789"), ("0000a\r\n0123456789\r\n000\r\n\r\n", "0123456789"),
    ("000000000000001\r\na\r\n000000000000000\r\n\r\n", "a"), ("2\r\n\r\n\r\n0\r\n\r\n", "\r\n"),
    ("3\r\n0\r\n\r\n0\r\n\r\n", "0\r\n"),
    // extensions and trailers
    ("1;\r\na\r\n0\r\n\r\n", "a"), ("1;x\r\na\r\n0;y=\"z;\" ;é\t\r\n\r\n", "a"),
    ("1\r\na\r\n0\r\nA: b\r\nC:\r\nD:é\t\r\n\r\n", "a"),
    ("0\r\nContent-Length: 5\r\nTransfer-Encoding: x\r\n\r\n", ""),
  ])
  func accepted(_ text: String, _ body: String) {
    for size in [1, 2, 3, 7, Int.max] {
      #expect(Self.chunked(text + "GET / HTTP/1.1", by: size) == .body(body, behind: "GET / HTTP/1.1"))
    }
    for count in 0..<text.utf8.count {
      #expect(Self.chunked(String(decoding: text.utf8.prefix(count), as: Unicode.UTF8.self)) == .incomplete)
    }
  }

  @Test(arguments: [
    // sizes
    "\r\n", "\n", ";\r\n", ";x\r\n", "x\r\n", "g\r\n", "+1\r\na", "-1\r\n", "-0\r\n", " 1\r\na", "1 \r\na", "1 ;x\r\na",
    "1\t\r\na", "0x1\r\na",
    "0X1\r\na", "1_0\r\n", "1,0\r\n", "1.0\r\n", "1h\r\n", "0000000000000001\r\na", "00000000000000000\r\n\r\n",
    "fffffffffffffffff\r\n",
    "7fffffffffffffff\r\n", "\0\r\n", "\u{664}\r\n", "1\0\r\n",
    // ends of lines
    "1\na\r\n0\r\n\r\n", "1\r\r\na\r\n", "1\ra", "1\r\na\n0\r\n\r\n", "1\r\na\r0\r\n", "1\r\na0\r\n\r\n",
    "1\r\nab\r\n0\r\n\r\n",
    "1\r\na\r\n\r\n", "1\r\na\r\n 0\r\n\r\n", "2\r\na\r\n0\r\n\r\n", "0\r\n\n", "0\n\r\n", "0\n\n", "0\r\n\rx", "0\r\r\n",
    "0\r\n\r\r\n",
    // what is dropped
    "1;x\na\r\n", "1;x\ry\r\n", "1;x\0\r\n", "1;\u{7f}\r\n", "1;\u{1b}\r\n", "0\r\nA\r\n\r\n", "0\r\nA : b\r\n\r\n",
    "0\r\n: b\r\n\r\n",
    "0\r\n A: b\r\n\r\n", "0\r\nA: b\r\n c\r\n\r\n", "0\r\nA: b\n\r\n", "0\r\nA: b\rc\r\n\r\n", "0\r\nA: \0\r\n\r\n",
    "0\r\nA(: b\r\n\r\n",
    "0\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", "0\r\n0\r\n\r\n",
  ])
  func refused(_ text: String) {
    for size in [1, 2, Int.max] { #expect(Self.chunked(text, by: size) == Self.malformed) }
  }

  /// The size alone shows it, before the chunk has arrived.
  @Test func limit() {
    let most = String(Limits.requestBody, radix: 16)
    let all = String(repeating: "a", count: Limits.requestBody)
    #expect(Self.chunked("\(most)\r\n\(all)\r\n0\r\n\r\n") == .body(all, behind: ""))
    #expect(Self.chunked("\(most)\r\n\(all)\r\n0\r\n\r\n", by: 16_384) == .body(all, behind: ""))
    #expect(Self.chunked("\(most)\r\n") == .incomplete)
    #expect(Self.chunked(String(Limits.requestBody + 1, radix: 16) + "\r\n") == Self.tooLarge)
    #expect(Self.chunked("fffffffffffffff\r\n") == Self.tooLarge)
    #expect(Self.chunked("1\r\na\r\n\(most)\r\n") == Self.tooLarge)
    #expect(Self.chunked("\(most)\r\n\(all)\r\n1\r\n") == Self.tooLarge)
  }

  /// A bound on all of them together, but none on the number of chunks.
  @Test func extensionsAndTrailers() {
    let most = String(repeating: "x", count: Limits.chunkExtras)
    #expect(Self.chunked("1;\(most)\r\na\r\n0\r\n\r\n") == .body("a", behind: ""))
    #expect(Self.chunked("1;\(most)x") == Self.tooMuchBeside)
    #expect(Self.chunked("1;\(most)\r\na\r\n1;x") == Self.tooMuchBeside)
    #expect(Self.chunked("1;\(most)\r\na\r\n0\r\nA") == Self.tooMuchBeside)
    #expect(Self.chunked("0\r\nA:\(most.dropFirst(2))\r\n\r\n") == .body("", behind: ""))
    #expect(Self.chunked("0\r\nA:\(most.dropFirst())\r\n\r\n") == Self.tooMuchBeside)
    #expect(
      Self.chunked(String(repeating: "1\r\na\r\n", count: 100_000) + "0\r\n\r\n", by: 16_384)
        == .body(String(repeating: "a", count: 100_000), behind: ""))
  }
}
