import Foundation
import Testing

@testable import agent

struct ConnectionTests {
  /// Answers with what it was sent: path and body.
  private static func echo(_ exchange: Exchange) {
    let request = exchange.request
    exchange.answer(.text(Array(request.path.joined(separator: [0x2f])) + [0x3a] + request.body))
  }

  private static func answer(_ body: String, keepAlive: Bool = true) -> String {
    """
    HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: \(body.utf8.count)\r\n\
    Connection: \(keepAlive ? "keep-alive" : "close")\r\n\r\n\(body)
    """
  }

  private static func refusal(_ status: String, _ text: String) -> String {
    let body = "{\"error\":\"\(text)\"}"
    return """
      HTTP/1.1 \(status)\r\nContent-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\nConnection: close\r\n\r\n\(body)
      """
  }

  private static func get(_ path: String) -> String { "GET /\(path) HTTP/1.1\r\nHost: a\r\n\r\n" }

  private static func post(_ path: String, _ body: String, _ fields: String = "") -> String {
    "POST /\(path) HTTP/1.1\r\nHost: a\r\n\(fields)Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
  }

  /// Makes that many bytes, a part at a time.
  private final class Letters: BodyReader {
    private var left: Int
    private let made: () -> Void
    init(_ count: Int, made: @escaping () -> Void = {}) {
      left = count
      self.made = made
      super.init(count)
    }
    override func next(_ room: Int, to out: ByteBuffer) -> Bool {
      let part = min(left, room)
      out.append([UInt8](repeating: 0x61, count: part))
      left -= part
      made()
      return part > 0
    }
  }

  // MARK: - Bodies that are made while they are sent

  /// Of a known length: the connection stays, and the next answer follows.
  @Test(arguments: [0, 1, Limits.bodyPart, Limits.bodyPart + 1, 40 * Limits.bodyPart]) func content(_ count: Int) throws {
    let harness = try Harness { exchange in
      if exchange.request.path.isEmpty { return Self.echo(exchange) }
      exchange.answer(Response(contentType: .text, content: Letters(count)))
    }
    let client = try harness.connect()
    client.send("GET /long HTTP/1.1\r\nHost: a\r\n\r\nHEAD /long HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n")
    let whole = Self.answer(String(repeating: "a", count: count))
    let head = whole.prefix(whole.count - count)
    #expect(harness.run { client.text == whole + head + Self.answer(":") })
  }

  // MARK: - Requests

  @Test func keepAlive() throws {
    let harness = try Harness(handler: Self.echo)
    let client = try harness.connect()
    for round in 0..<5 {
      client.forget()
      client.send(Self.post("x", "\(round)"))
      #expect(harness.run { client.text == Self.answer("x:\(round)") })
    }
    #expect(!client.isEnded && harness.exchanges.count == 5)
  }

  /// Whatever a request repeats of the one before it, on the same connection or on another, and in whatever pieces it comes: its answer is
  /// its own.
  @Test func everyPairOfRequests() throws {
    let chunked = "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n"
    let requests = [
      (Self.get("x"), "x:"), (Self.get("y"), "y:"), (Self.post("x", ""), "x:"), (Self.post("x", "{}"), "x:{}"),
      (Self.post("x", "[]"), "x:[]"), (Self.post("x", "[1]"), "x:[1]"), (Self.post("x", "{}", "A: b\r\n"), "x:{}"),
      (chunked, "x:a"),
    ]
    let harness = try Harness(keepsExchanges: false, handler: Self.echo)
    let clients = try (0..<2).map { _ in try harness.connect() }
    func ask(_ client: Client, _ parts: [Substring], _ answers: String) throws {
      client.forget()
      for part in parts {
        client.send(String(part))
        try #require(harness.run { client.hasSentAll })
        // the server reads the part before the next one comes
        harness.loop.turn(until: harness.loop.now)
      }
      try #require(harness.run { client.text.utf8.count >= answers.utf8.count } && client.text == answers)
    }
    for (first, itsAnswer) in requests {
      for (second, answer) in requests {
        for client in clients {
          try ask(clients[0], [first[...]], Self.answer(itsAnswer))
          try ask(client, [second[...]], Self.answer(answer))
          try ask(client, [second.dropLast(1), second.suffix(1)], Self.answer(answer))
          try ask(client, [Substring(second + first)], Self.answer(answer) + Self.answer(itsAnswer))
          try ask(client, [Substring("\r\n" + second)], Self.answer(answer))
          // its head was kept, so the next request could have repeated it
          #expect(harness.loop.workbench.exchange.request.head.isEmpty == (second == chunked))
        }
      }
    }
  }

  /// A body that looks like the request that another client has just sent is a body.
  @Test func aBodyLikeTheLastRequest() throws {
    let harness = try Harness(keepsExchanges: false, handler: Self.echo)
    let (client, other) = (try harness.connect(), try harness.connect())
    let last = Self.get("y")
    client.send(Self.post("x", last).dropLast(last.count) + "")
    #expect(harness.run { client.hasSentAll })
    harness.loop.turn(until: harness.loop.now)
    for _ in 0..<2 {
      other.forget()
      other.send(last)
      #expect(harness.run { other.text == Self.answer("y:") })
    }
    client.send(last)
    #expect(harness.run { client.text == Self.answer("x:" + last) })
  }

  /// A kept answer is the same for everybody, but for HEAD and for clients that close.
  @Test func keptAnswers() throws {
    let page = KeptPage(always: ByteBuffer(holding: bytes("kept")))
    let pair = try Pair { exchange in
      if let answer = page.answer(.text, 0) { exchange.answer(answer) }
    }
    let whole = Self.answer("kept")
    for (request, expected) in [
      (Self.get("a"), whole), ("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", String(whole.dropLast(4))), (Self.post("a", "b"), whole),
      ("GET / HTTP/1.0\r\n\r\n", Self.answer("kept", keepAlive: false)),
    ] {
      pair.send(request)
      #expect(pair.receive().answer == expected)
    }
  }

  /// Byte by byte, one a round: no answer before the last byte, and the same answers as to the whole.
  @Test func oneByteAtATime() throws {
    let pair = try Pair()
    for (request, answer) in [(Self.post("first", "body\r\n\r\n"), "first:body\r\n\r\n"), (Self.get("second"), "second:")] {
      for byte in request.utf8 {
        #expect(pair.receive().answer.isEmpty)
        pair.send(String(UnicodeScalar(byte)))
      }
      #expect(pair.receive().answer == Self.answer(answer))
    }
  }

  /// Many requests in one write are answered in order.
  @Test func pipelining() throws {
    let harness = try Harness(handler: Self.echo)
    let client = try harness.connect()
    let count = 1000
    client.send((0..<count).map { $0 % 3 == 0 ? Self.get("\($0)") : Self.post("\($0)", "b") }.joined())
    let expected = (0..<count).map { Self.answer($0 % 3 == 0 ? "\($0):" : "\($0):b") }.joined()
    #expect(harness.run { client.received.count >= expected.utf8.count })
    #expect(client.text == expected)
  }

  /// One request per connection and round, however many have arrived.
  @Test func aPipelineHoldsUpNobody() throws {
    let harness = try Harness(handler: Self.echo)
    let first = try harness.connect()
    let second = try harness.connect()
    first.send((0..<100).map { Self.get("a\($0)") }.joined())
    second.send(Self.get("b0") + Self.get("b1"))
    #expect(harness.run { harness.exchanges.count == 102 })
    #expect(harness.exchanges[..<4].map { $0.request.path[0] } == [bytes("a0"), bytes("b0"), bytes("a1"), bytes("b1")])
  }

  /// The second request waits until the first is answered, however late that is.
  @Test func pipeliningBehindALateAnswer() throws {
    let harness = try Harness()
    let client = try harness.connect()
    client.send(Self.get("a") + Self.get("b"))
    #expect(harness.run { harness.exchanges.count == 1 })
    harness.exchanges[0].answer(.text(bytes("late")))
    #expect(harness.run { harness.exchanges.count == 2 })
    #expect(harness.exchanges[1].request.path == [bytes("b")])
    harness.exchanges[1].answer(.text(bytes("later")))
    #expect(harness.run { client.text == Self.answer("late") + Self.answer("later") })
  }

  /// RFC 9112 §2.2: empty lines before a request.
  @Test func emptyLinesFirst() throws {
    let harness = try Harness(handler: Self.echo)
    let client = try harness.connect()
    client.send("\r\n\r\n" + Self.get("a") + "\r\n" + Self.get("b") + "\r")
    #expect(harness.run { client.text == Self.answer("a:") + Self.answer("b:") })
    client.send("\n" + Self.get("c"))
    #expect(harness.run { client.text.hasSuffix(Self.answer("c:")) })
  }

  /// An empty line that arrives in two parts hides nothing of what follows.
  @Test func emptyLineInParts() throws {
    let pair = try Pair()
    pair.send("\r")
    pair.send("\n\0")
    #expect(pair.receive().answer == Self.refusal("400 Bad Request", "NUL in the request head"))
  }

  @Test func bodyInPieces() throws {
    let harness = try Harness(handler: Self.echo)
    let client = try harness.connect()
    let body = String(repeating: "0123456789abcdef", count: Limits.requestBody / 16)
    client.writeChunk = 10_007
    client.send(Self.post("x", body))
    #expect(harness.run { client.received.count >= Self.answer("x:" + body).utf8.count })
    #expect(client.text == Self.answer("x:" + body))
  }

  private static let chunkedHead = "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"

  /// In any pieces, and pipelined: what follows a chunked body is the next request.
  @Test(arguments: [1, 2, 7, 10_007]) func chunkedBody(_ piece: Int) throws {
    let harness = try Harness(handler: Self.echo)
    let client = try harness.connect()
    client.writeChunk = piece
    let chunks = "4\r\nbody\r\n0b;x=y\r\n in\r\nchunks\r\n0\r\nTrailer: 1\r\n\r\n"
    client.send(Self.chunkedHead + chunks + Self.get("a") + Self.chunkedHead + "0\r\n\r\n" + Self.post("b", "c"))
    let answers = ["x:body in\r\nchunks", "a:", "x:", "b:c"].map { Self.answer($0) }.joined()
    #expect(harness.run { client.text == answers })
    #expect(!client.isEnded && harness.listener.room.taken == 0)
  }

  @Test func largestChunkedBody() throws {
    let harness = try Harness(handler: Self.echo)
    let client = try harness.connect()
    let body = String(repeating: "0123456789abcdef", count: Limits.requestBody / 16)
    for size in [Limits.requestBody, 65_536, 4096] {
      client.forget()
      let chunk = String(size, radix: 16) + "\r\n" + body.prefix(size) + "\r\n"
      client.send(Self.chunkedHead + String(repeating: chunk, count: Limits.requestBody / size) + "0\r\n\r\n")
      #expect(harness.run { client.received.count >= Self.answer("x:" + body).utf8.count })
      #expect(client.text == Self.answer("x:" + body))
    }
  }

  @Test(arguments: [
    ("HEAD /x HTTP/1.1\r\nHost: a\r\n\r\n", answer("x:").replacingOccurrences(of: "\r\n\r\nx:", with: "\r\n\r\n"), false),
    ("GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", answer("x:", keepAlive: false), true),
    ("GET /x HTTP/1.0\r\n\r\n", answer("x:", keepAlive: false), true),
    ("GET /x HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", answer("x:"), false),
  ])
  func endOfTheConnection(_ request: String, _ answer: String, _ ends: Bool) throws {
    let harness = try Harness(handler: Self.echo)
    let client = try harness.connect()
    client.send(request)
    #expect(harness.run { client.text == answer && (!ends || client.isEnded) })
    #expect(client.isEnded == ends && client.brokenBy == nil)
    #expect(harness.run { harness.listener.isEmpty == ends })
  }

  /// Nothing after a request that ends the connection is read.
  @Test func nothingIsReadBehindTheLastRequest() throws {
    let harness = try Harness(handler: Self.echo)
    let client = try harness.connect()
    client.send("GET /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" + Self.get("b"))
    #expect(harness.run { client.isEnded })
    #expect(client.text == Self.answer("a:", keepAlive: false) && harness.exchanges.count == 1)
  }

  // MARK: - Expect

  @Test func continues() throws {
    let harness = try Harness(handler: Self.echo)
    let client = try harness.connect()
    let whole = Self.post("x", "body", "Expect: 100-continue\r\n")
    client.send(String(whole.dropLast(4)))
    #expect(harness.run { client.text == "HTTP/1.1 100 Continue\r\n\r\n" })
    client.send("body")
    #expect(harness.run { client.text == "HTTP/1.1 100 Continue\r\n\r\n" + Self.answer("x:body") })
    // a body that has arrived already was not waited for
    client.forget()
    client.send(whole)
    #expect(harness.run { client.text == Self.answer("x:body") })
  }

  @Test func refusesAtOnceWhatIsTooLarge() throws {
    let harness = try Harness(handler: Self.echo)
    let client = try harness.connect()
    client.send("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: \(Limits.requestBody + 1)\r\nExpect: 100-continue\r\n\r\n")
    #expect(harness.run { client.isEnded })
    #expect(client.text == Self.refusal("413 Content Too Large", "request bodies are at most 1 MiB: payload too large"))
    #expect(harness.exchanges.isEmpty)
  }

  /// The head alone is answered, or what has arrived of the body if that is malformed.
  @Test func continuesChunks() throws {
    let harness = try Harness(handler: Self.echo)
    let client = try harness.connect()
    let head = Self.chunkedHead.replacingOccurrences(of: "Host", with: "Expect: 100-continue\r\nHost")
    client.send(head)
    #expect(harness.run { client.text == "HTTP/1.1 100 Continue\r\n\r\n" })
    client.send("4\r\nbody\r\n0\r\n\r\n")
    #expect(harness.run { client.text == "HTTP/1.1 100 Continue\r\n\r\n" + Self.answer("x:body") })
    client.forget()
    client.send(head + "4\r\nbody\r\n0\r\n\r\n")
    #expect(harness.run { client.text == Self.answer("x:body") })
    client.forget()
    client.send(head + "+4\r\n")
    #expect(harness.run { client.isEnded })
    #expect(client.text == Self.refusal("400 Bad Request", "malformed chunked body"))
  }

  // MARK: - Bodies in flight

  /// Large bodies find room until there is none left; every way for a request to end gives it back.
  @Test(arguments: [true, false]) func bodiesInFlight(_ isChunked: Bool) throws {
    let harness = try Harness()
    let size = Limits.requestBody
    let counted = size - Limits.smallBody
    let head =
      isChunked
      ? Self.chunkedHead + String(size, radix: 16) + "\r\n"
      : "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: \(size)\r\nExpect: 100-continue\r\n\r\n"
    let most = Limits.requestBodies / counted
    let clients = try (0..<most).map { _ in try harness.connect() }
    for client in clients { client.send(head) }
    #expect(harness.run { harness.listener.room.taken == most * counted })
    let late = try harness.connect()
    late.send(head)
    #expect(harness.run { late.isEnded })
    #expect(late.text.hasPrefix("HTTP/1.1 503 ") && late.text.contains("\r\nRetry-After: 1\r\n"))
    #expect(
      late.text.contains("\r\nConnection: close\r\n")
        && late.text.hasSuffix("{\"error\":\"too many large requests are in progress\"}"))
    // small ones are let in, and what just fits
    let rest = Limits.requestBodies - most * counted + Limits.smallBody
    for size in [Limits.smallBody, rest] {
      let small = try harness.connect()
      small.send("POST /small HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: \(size)\r\n\r\n")
      small.send([UInt8](repeating: 0x61, count: size))
      let count = harness.exchanges.count + 1
      #expect(harness.run { harness.exchanges.count == count })
      harness.exchanges[count - 1].answer(.text([]))
      #expect(harness.run { small.isEnded && small.text.hasPrefix("HTTP/1.1 200 ") })
    }
    let above = try harness.connect()
    above.send("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: \(rest + 1)\r\n\r\n")
    #expect(harness.run { above.isEnded })
    #expect(above.text.hasPrefix("HTTP/1.1 503 "))
    // one leaves, one is refused, one is answered
    clients[0].leave()
    #expect(harness.run { harness.listener.room.taken == (most - 1) * counted })
    if isChunked {
      clients[1].send([UInt8](repeating: 0x61, count: size) + bytes("x"))
      #expect(harness.run { harness.listener.room.taken == (most - 2) * counted })
    }
    let count = harness.exchanges.count + 1
    clients[2].send([UInt8](repeating: 0x61, count: size) + (isChunked ? bytes("\r\n0\r\n\r\n") : []))
    #expect(harness.run { harness.exchanges.count == count })
    #expect(harness.exchanges[count - 1].request.body.count == size)
    let held = harness.listener.room.taken
    harness.exchanges[count - 1].answer(.text([]))
    #expect(harness.run { clients[2].text.contains("HTTP/1.1 200 ") })
    #expect(harness.listener.room.taken == held - counted)
    for client in clients[3...] { client.leave() }
    #expect(harness.run { harness.listener.room.taken == (isChunked ? 0 : counted) })
  }

  // MARK: - Half-close

  /// The JS SDK ends its side after the request, and waits for ours to end.
  @Test(arguments: [1 << 20, 1]) func halfClose(_ chunk: Int) throws {
    let harness = try Harness(handler: Self.echo)
    let client = try harness.connect()
    client.writeChunk = chunk
    client.send(Self.get("a") + Self.post("b", "c"))
    client.endWriting()
    #expect(harness.run { client.isEnded })
    #expect(client.text == Self.answer("a:") + Self.answer("b:c") && client.brokenBy == nil)
    #expect(harness.run { harness.listener.isEmpty })
  }

  @Test func halfCloseBeforeALateAnswer() throws {
    let harness = try Harness()
    let client = try harness.connect()
    client.send(Self.get("a"))
    client.endWriting()
    #expect(harness.run { harness.exchanges.count == 1 && client.hasSentAll })
    #expect(!client.isEnded && !harness.listener.isEmpty)
    harness.exchanges[0].answer(.text(bytes("late")))
    #expect(harness.run { client.isEnded })
    #expect(client.text == Self.answer("late") && client.brokenBy == nil)
  }

  /// An unfinished request gets no answer; nor do bytes after a body that was longer than announced.
  @Test(arguments: ["", "\r\n", "GET /a HT", "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nbody"]) func unfinished(
    _ text: String
  ) throws {
    let harness = try Harness(handler: Self.echo)
    let client = try harness.connect()
    client.send(text)
    client.endWriting()
    #expect(harness.run { client.isEnded && harness.listener.isEmpty })
    #expect(client.received.isEmpty && client.brokenBy == nil && harness.exchanges.isEmpty)
  }

  @Test func bodyLongerThanAnnounced() throws {
    let harness = try Harness(handler: Self.echo)
    let client = try harness.connect()
    client.send(Self.post("a", "{\"a\":1") + "\"}")
    client.endWriting()
    #expect(harness.run { client.isEnded })
    #expect(client.text == Self.answer("a:{\"a\":1") && client.brokenBy == nil)
  }

  // MARK: - Large answers

  /// The kernel takes a part of it at a time; a second request waits until all is sent.
  @Test func aClientThatReadsSlowly() throws {
    let large = (0..<700_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
    let harness = try Harness { exchange in
      exchange.answer(exchange.request.path == [bytes("large")] ? .text(large) : .text(bytes("small")))
    }
    let client = try harness.connect()
    client.readChunk = 9_973
    client.reads(false)
    client.send(Self.get("large") + Self.get("small"))
    #expect(harness.run { harness.exchanges.count == 1 })
    let other = try harness.connect()
    other.send(Self.get("other"))
    #expect(harness.run { other.text == Self.answer("small") })
    #expect(client.received.isEmpty)
    client.reads(true)
    let end = Array(Self.answer("small").utf8)
    #expect(harness.run { client.received.count > large.count && client.received.suffix(end.count).elementsEqual(end) })
    let head = Array(Self.answer(String(repeating: "x", count: large.count)).utf8.prefix { $0 != UInt8(ascii: "x") || false })
    #expect(client.received.starts(with: head.prefix(60)))
    #expect(client.received.dropLast(end.count).suffix(large.count).elementsEqual(large))
    #expect(harness.exchanges.count == 3)
  }

  @Test func aClientThatLeavesInTheMiddleOfAnAnswer() throws {
    let harness = try Harness { $0.answer(.text([UInt8](repeating: 0x61, count: 700_000))) }
    let client = try harness.connect()
    client.readChunk = 1000
    client.send(Self.get("a"))
    #expect(harness.run { client.received.count > 5000 })
    client.leave()
    #expect(harness.run { harness.listener.isEmpty })
  }

  // MARK: - Refusals

  @Test(arguments: [
    ("GET / HTTP/1.1\n\r\n\r\n", "400 Bad Request", "bare LF in the request head"),
    (get("a").replacingOccurrences(of: "Host", with: "X"), "400 Bad Request", "no Host field"),
    (chunkedHead + "2\r\nabc\r\n0\r\n\r\n", "400 Bad Request", "malformed chunked body"),
    (chunkedHead + "1\na\r\n0\r\n\r\n", "400 Bad Request", "malformed chunked body"),
    (chunkedHead + "100001\r\n", "413 Content Too Large", "request bodies are at most 1 MiB: payload too large"),
    (
      chunkedHead + "0\r\nA: " + String(repeating: "a", count: Limits.chunkExtras) + "\r\n\r\n",
      "431 Request Header Fields Too Large", "chunk extensions and trailers are too large"
    ),
    (chunkedHead.replacingOccurrences(of: ": chunked", with: ": x"), "501 Not Implemented", "unknown transfer coding"),
    (String(repeating: "a", count: Limits.requestHead), "431 Request Header Fields Too Large", "the request head is too large"),
    ("GET / HTTP/3.0\r\n\r\n", "505 HTTP Version Not Supported", "only HTTP/1.0 and HTTP/1.1 are supported"),
    ("POST /a/b?c HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nHost: b\r\n\r\n", "400 Bad Request", "two Host fields"),
  ])
  func refusals(_ request: String, _ status: String, _ text: String) throws {
    let harness = try Harness(handler: Self.echo)
    let client = try harness.connect()
    client.send(Self.get("ok"))
    client.send(request + Self.get("never"))
    #expect(harness.run { client.isEnded && harness.listener.isEmpty })
    #expect(client.text == Self.answer("ok:") + Self.refusal(status, text) && client.brokenBy == nil)
    #expect(harness.exchanges.count == 1)
    // nothing of it is left for the next request
    let other = try harness.connect()
    other.send(Self.get("other"))
    #expect(harness.run { other.text == Self.answer("other:") })
  }

  /// The rest of a refused request is read and dropped: closing in the middle of it could discard the answer.
  @Test func lingering() throws {
    let harness = try Harness(handler: Self.echo)
    let client = try harness.connect()
    client.writeChunk = 5000
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1048577\r\n\r\n")
    client.send([UInt8](repeating: 0x61, count: 1_048_000))
    #expect(harness.run { client.isEnded })
    #expect(client.text == Self.refusal("413 Content Too Large", "request bodies are at most 1 MiB: payload too large"))
    #expect(client.brokenBy == nil)
    #expect(harness.run { harness.listener.isEmpty })
  }

  /// But not without end.
  @Test func lingeringHasALimit() throws {
    let harness = try Harness(handler: Self.echo)
    let client = try harness.connect()
    client.reads(false)
    client.send("BAD\r\n\r\n")
    client.send([UInt8](repeating: 0x61, count: Limits.lingerBytes + 400_000))
    #expect(harness.run { client.brokenBy != nil || client.hasSentAll })
    #expect(client.brokenBy == EPIPE)
    #expect(harness.run { harness.listener.isEmpty })
  }

  // MARK: - Late answers

  @Test func answeredLater() throws {
    let harness = try Harness()
    let client = try harness.connect()
    for round in 0..<3 {
      client.forget()
      client.send(Self.get("\(round)"))
      #expect(harness.run { harness.exchanges.count == round + 1 })
      let exchange = harness.exchanges[round]
      exchange.answer(.text(bytes("late")))
      exchange.answer(.text(bytes("later")))
      #expect(harness.run { client.text == Self.answer("late") })
    }
  }

  @Test func clientGoneWhileWaiting() throws {
    let harness = try Harness()
    let client = try harness.connect()
    client.send(Self.get("a"))
    #expect(harness.run { harness.exchanges.count == 1 })
    client.leave()
    #expect(harness.run { harness.listener.isEmpty })
    #expect(harness.exchanges[0].answered == nil)
    harness.exchanges[0].answer(.text(bytes("for nobody")))
    let other = try harness.connect()
    other.send(Self.get("b"))
    #expect(harness.run { harness.exchanges.count == 2 })
  }

  /// Answered within the loop's round, by another source.
  @Test func answeredByTheLoop() throws {
    let harness = try Harness()
    let clients = try (0..<10).map { _ in try harness.connect() }
    for client in clients { client.send(Self.get("a") + Self.get("b")) }
    let answering = Answering {
      while let exchange = harness.exchanges.first(where: { $0.response == nil }) {
        exchange.answer(.text(exchange.request.path[0]))
      }
    }
    #expect(harness.run { harness.exchanges.count == 10 })
    harness.loop.add(answering)
    #expect(harness.run { clients.allSatisfy { $0.text == Self.answer("a") + Self.answer("b") } })
    answering.isFinished = true
    harness.loop.turn()
  }

  private final class Answering: EventSource {
    private let answer: () -> Void

    init(_ answer: @escaping () -> Void) {
      self.answer = answer
      super.init(nil)
      deadline = 0
    }

    override func expired() { answer() }
  }

  // MARK: - Deadlines

  /// One end of a socket pair, served without a listener's accept, so that a test can see the deadlines and let them pass.
  private final class Pair {
    let loop: Loop
    let connection: Connection
    let peer: Int32
    let listener: Listener

    init(_ loop: Loop = try! Loop(), handler: @escaping Listener.Handler = ConnectionTests.echo) throws {
      self.loop = loop
      signal(SIGPIPE, SIG_IGN)
      var ends: [Int32] = [-1, -1]
      try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue), 0, &ends) == 0)
      peer = ends[1]
      listener = Listener(Descriptor(owning: -1), ownedPath: nil, name: "test", loop: loop, handler: handler)
      let caller = Caller(on: ends[0], loop.workbench.processes)
      connection = Connection(Descriptor(owning: ends[0]), of: caller, listener: listener, loop: loop, handler: handler)
      loop.add(connection)
    }

    deinit {
      loop.stop()
      loop.run(isIdle: { true })
      close(peer)
    }

    /// Milliseconds that the connection still has, by the loop's time.
    var rest: Int64 { connection.deadline - loop.now }

    func send(_ text: String) {
      #expect(IO.writeAll(peer, Array(text.utf8)))
      loop.turn()
    }

    /// Lets the deadline pass. Returns what is answered then, and whether the server has ended its side.
    func expire() -> (answer: String, ended: Bool) {
      connection.expired()
      if connection.isFinished { loop.turn() }
      return receive()
    }

    /// Everything that has arrived, or about `most` bytes of it.
    func receive(_ most: Int = Int.max) -> (answer: String, ended: Bool) {
      var data: [UInt8] = []
      while true {
        if data.count >= most { return (String(decoding: data, as: Unicode.UTF8.self), false) }
        switch IO.read(peer, appendingTo: &data, limit: min(most, 4096)) {
        case .bytes: continue
        case .wouldBlock: return (String(decoding: data, as: Unicode.UTF8.self), false)
        case .end, .failed: return (String(decoding: data, as: Unicode.UTF8.self), true)
        }
      }
    }
  }

  @Test func idle() throws {
    let pair = try Pair()
    #expect(pair.rest == Limits.idle)
    let (answer, ended) = pair.expire()
    #expect(answer.isEmpty && ended)
  }

  @Test func slowHead() throws {
    let pair = try Pair()
    pair.send("G")
    #expect(pair.rest == Limits.headDeadline)
    let deadline = pair.connection.deadline
    // more of the head brings no more time
    pair.send("ET / HTTP/1.1\r\n")
    #expect(pair.connection.deadline == deadline)
    let (answer, ended) = pair.expire()
    #expect(answer == Self.refusal("408 Request Timeout", "the request head took too long") && ended)
    // waits for the client to end its side
    #expect(!pair.connection.isFinished && pair.rest == Limits.linger)
    pair.connection.expired()
    #expect(pair.connection.isFinished)
  }

  @Test func slowBody() throws {
    let pair = try Pair()
    pair.send("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nbo")
    #expect(pair.rest == Limits.idle)
    pair.send("d")
    #expect(pair.rest == Limits.idle)
    let (answer, ended) = pair.expire()
    #expect(answer == Self.refusal("408 Request Timeout", "the request body took too long") && ended)
  }

  /// A whole body has one deadline, however it arrives.
  @Test func slowChunks() throws {
    let pair = try Pair()
    pair.send(Self.chunkedHead + "1")
    #expect(pair.rest == Limits.idle)
    pair.send("0;")
    #expect(pair.rest == Limits.idle && pair.connection.isBusy)
    let (answer, ended) = pair.expire()
    #expect(answer == Self.refusal("408 Request Timeout", "the request body took too long") && ended)
  }

  /// A connection's next request has the idle time again; one that has begun already has a head's time.
  @Test func betweenRequests() throws {
    let pair = try Pair()
    pair.send(Self.get("a"))
    #expect(pair.rest == Limits.idle)
    pair.send(Self.get("b") + "GET")
    #expect(pair.rest == Limits.headDeadline)
    let (answer, ended) = pair.expire()
    #expect(
      answer == Self.answer("a:") + Self.answer("b:") + Self.refusal("408 Request Timeout", "the request head took too long")
        && ended)
  }

  /// Empty lines do not keep a connection alive for longer than one request may take.
  @Test func endlessEmptyLines() throws {
    let pair = try Pair()
    pair.send("\r\n")
    let deadline = pair.connection.deadline
    for _ in 0..<3 { pair.send("\r\n") }
    #expect(pair.connection.deadline == deadline)
  }

  @Test func aRequestInHandHasAllTheTime() throws {
    let pair = try Pair { _ in }
    pair.send(Self.get("a"))
    #expect(pair.connection.deadline == Int64.max)
  }

  @Test func aClientThatDoesNotRead() throws {
    let pair = try Pair { $0.answer(.text([UInt8](repeating: 0x61, count: 700_000))) }
    pair.send(Self.get("a"))
    #expect(pair.rest == Limits.idle && pair.connection.isBusy)
    pair.connection.expired()
    #expect(pair.connection.isFinished)
  }

  /// The loop's clock, which a test moves.
  private final class Time {
    var microseconds: Int64 = 1_000_000
  }

  /// A reader that takes so many bytes a second, in steps of half a second. Returns how much it got of 11 MB, and after how many
  /// seconds it ended.
  private static func read(_ speed: Int, isMadeMeanwhile: Bool) throws -> (received: Int, seconds: Int64) {
    let time = Time()
    let size = 11_000_000
    let pair = try Pair(try Loop { time.microseconds }) { exchange in
      let whole = isMadeMeanwhile ? Response(content: Letters(size)) : Response.text([UInt8](repeating: 0x61, count: size))
      exchange.answer(whole)
    }
    pair.send(get("a"))
    var received = 0
    while received < size, !pair.connection.isFinished, time.microseconds < 100_000_000 {
      time.microseconds += 500_000
      let goal = received + speed / 2
      while received < goal, !pair.connection.isFinished {
        pair.loop.turn(until: pair.loop.now)
        let part = pair.receive(goal - received).answer.utf8.count
        received += part
        if part == 0 { break }
      }
      pair.loop.turn(until: pair.loop.now)
    }
    return (received, (time.microseconds - 1_000_000) / 1_000_000)
  }

  /// A slow reader gets everything, but one that reads drop by drop holds it no longer than an answer may take.
  @Test(arguments: [false, true]) func speed(_ isMadeMeanwhile: Bool) throws {
    let honest = try Self.read(1_000_000, isMadeMeanwhile: isMadeMeanwhile)
    #expect(honest.received > 11_000_000 && honest.seconds >= 10)
    for speed in [2, 2000, 30_000] {
      let dripping = try Self.read(speed, isMadeMeanwhile: isMadeMeanwhile)
      #expect(dripping.received < 1_000_000 && dripping.seconds >= 10 && dripping.seconds <= Limits.answerTime / 1000)
    }
    // as fast as the average requires, but too slow for the whole
    let late = try Self.read(200_000, isMadeMeanwhile: isMadeMeanwhile)
    #expect(late.received < 11_000_000 && late.seconds == Limits.answerTime / 1000)
  }

  /// However fast its reader is, a long answer gives others their turn after some parts.
  @Test func partsInARound() throws {
    let pair = try Pair { $0.answer(Response(contentType: .text, content: Letters(40 * Limits.bodyPart))) }
    pair.send(Self.get("a"))
    for _ in 0..<3 {
      #expect(pair.receive().answer.utf8.count { $0 == 0x61 } / Limits.bodyPart == Limits.partsInRound)
      pair.loop.turn(until: pair.loop.now)
    }
  }

  /// Parts that take long to make end with the round's time, and each round makes at least one.
  @Test(arguments: [
    (Limits.round, 1), (Limits.round - 1, 2), (Limits.round / 2, 2), (Limits.round / 4, 4), (3 * Limits.round, 1),
  ])
  func timeOfARound(_ each: Int64, _ parts: Int) throws {
    let time = Time()
    let pair = try Pair(try Loop { time.microseconds }) { exchange in
      exchange.answer(Response(contentType: .text, content: Letters(40 * Limits.bodyPart, made: { time.microseconds += each })))
    }
    pair.send(Self.get("a"))
    for _ in 0..<3 {
      #expect(pair.receive().answer.utf8.count { $0 == 0x61 } / Limits.bodyPart == parts)
      pair.loop.turn(until: pair.loop.now)
    }
  }
}
