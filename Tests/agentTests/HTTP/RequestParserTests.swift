import Testing

@testable import agent

struct RequestParserTests {
  /// What a parser makes of a head.
  enum Outcome: Equatable {
    case request(String, length: Int)
    case incomplete
    case refused(Status, String)
  }

  /// The whole head at once.
  static func whole(_ head: [UInt8]) -> Outcome {
    var parser = RequestParser()
    return outcome(&parser, head[...])
  }

  /// As a connection does it: one byte more each time, until there is a request or a refusal.
  static func byByte(_ head: [UInt8]) -> Outcome {
    var parser = RequestParser()
    for count in 0...head.count {
      let outcome = outcome(&parser, head[..<count])
      if outcome != .incomplete { return outcome }
    }
    return .incomplete
  }

  private static func outcome(_ parser: inout RequestParser, _ input: ArraySlice<UInt8>) -> Outcome {
    do throws(HTTPError) {
      guard let (request, length) = try parser.head(input) else { return .incomplete }
      return .request(described(request), length: length)
    } catch {
      return .refused(error.status, "\(error.text)")
    }
  }

  static func described(_ request: Request) -> String {
    let path = request.path.map { String(decoding: $0, as: Unicode.UTF8.self) }
    return """
      \(request.method) \(path) ?\(String(decoding: request.query, as: Unicode.UTF8.self)) 1.\(request.minorVersion) \
      \(request.contentLength)\(request.isChunked ? " chunked" : "")\(request.keepsAlive ? " keep" : "")\(request.expectsContinue ? " continue" : "")\
      \(request.hasJSONBody ? " json" : "")
      """
  }

  private static func get(_ fields: String, version: String = "1.1") -> [UInt8] {
    Array("GET /x HTTP/\(version)\r\n\(fields)\r\n".utf8)
  }

  private static func post(_ fields: String) -> [UInt8] { Array("POST /x HTTP/1.1\r\nHost: a\r\n\(fields)\r\n".utf8) }

  // MARK: - What real clients send (docs/spec/http.md)

  static let accepted: [(String, String)] = [
    // httpx
    (
      """
      POST /GetKey HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\nAccept-Encoding: gzip, deflate\r\nConnection: keep-alive\r\n\
      User-Agent: python-httpx/0.28.1\r\nContent-Length: 17\r\nContent-Type: application/json\r\n\r\n
      """, "post [\"GetKey\"] ? 1.1 17 keep json"
    ),
    // JS SDK
    (
      "POST /Sign HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n",
      "post [\"Sign\"] ? 1.1 2 json"
    ),
    // Go
    (
      """
      POST /GetQuote HTTP/1.1\r\nHost: localhost\r\nUser-Agent: Go-http-client/1.1\r\nContent-Length: 20\r\n\
      Content-Type: application/json\r\nAccept-Encoding: gzip\r\n\r\n
      """, "post [\"GetQuote\"] ? 1.1 20 keep json"
    ),
    // Rust SDK: absolute form, Content-Type twice
    (
      """
      POST http://unix.socket/GetKey HTTP/1.1\r\nHost: dstack\r\nContent-Type: application/json\r\nContent-Length: 5\r\n\
      Content-Type: application/json\r\n\r\n
      """, "post [\"GetKey\"] ? 1.1 5 keep json"
    ),
    // curl
    (
      "GET /GetKey?path=my/key/path&purpose=a HTTP/1.1\r\nHost: dstack\r\nUser-Agent: curl/7.88.1\r\nAccept: */*\r\n\r\n",
      "get [\"GetKey\"] ?path=my/key/path&purpose=a 1.1 0 keep"
    ),
    (
      """
      POST /Sign HTTP/1.1\r\nHost: dstack\r\nContent-Length: 1048576\r\nContent-Type: application/x-www-form-urlencoded\r\n\
      Expect: 100-continue\r\n\r\n
      """, "post [\"Sign\"] ? 1.1 1048576 keep continue"
    ),
    // curl -T -, Node without a length
    (
      "PUT /Sign HTTP/1.1\r\nHost: dstack\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n",
      "other [\"Sign\"] ? 1.1 0 chunked keep continue"
    ),
    (
      "POST /Sign HTTP/1.1\r\nHost: localhost\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n",
      "post [\"Sign\"] ? 1.1 0 chunked keep"
    ),
    // the host's VMM
    ("POST /api/Info?json HTTP/1.1\r\nHost: vsock\r\nContent-Length: 0\r\n\r\n", "post [\"api\", \"Info\"] ?json 1.1 0 keep"),
  ]

  @Test(arguments: accepted) func realClients(_ head: String, _ request: String) {
    let head = Array(head.utf8)
    #expect(Self.whole(head) == .request(request, length: head.count))
    #expect(Self.byByte(head) == .request(request, length: head.count))
    // what follows belongs to the body, whatever it is
    #expect(Self.whole(head + [0, 0x0a, 0xff]) == .request(request, length: head.count))
    for count in 0..<head.count { #expect(Self.whole(Array(head[..<count])) == .incomplete) }
  }

  // MARK: - Fields

  @Test(
    arguments: [
      // field values: white space around, none at all, obs-text, odd but legal names
      ("Host:a\r\n", "keep"), ("Host: \t a \t \r\n", "keep"), ("Host:\r\n", "keep"), ("HOST: a\r\n", "keep"),
      ("host: a\r\nX:\r\n", "keep"),
      ("Host: a\r\nX-\u{e9}: b\r\n", nil), ("Host: a\r\nX: \u{e9}\r\n", "keep"),
      ("Host: a\r\n!#$%&'*+-.^_`|~09Az: x\r\n", "keep"),
      ("Host: a\r\nX: a:b:c\r\n", "keep"), ("Host: a\r\nX: \"\\\r\n", "keep"), ("Host: a\r\nX: a\tb\r\n", "keep"),
      // Connection
      ("Host: a\r\nConnection: close\r\n", ""), ("Host: a\r\nConnection: CLOSE\r\n", ""),
      ("Host: a\r\nConnection: keep-alive\r\n", "keep"),
      ("Host: a\r\nConnection: keep-alive, close\r\n", ""), ("Host: a\r\nConnection: a ,\tclose\t, b\r\n", ""),
      ("Host: a\r\nConnection: x\r\nConnection: close\r\n", ""), ("Host: a\r\nConnection: closed\r\n", "keep"),
      ("Host: a\r\nConnection: ,,\r\n", "keep"), ("Host: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n", "keep"),
      ("Host: a\r\nContent-Length: 0\r\n", "keep"),
    ] as [(String, String?)])
  func fields(_ fields: String, _ expected: String?) {
    let head = Self.get(fields)
    let outcome: Outcome =
      if let expected {
        .request("get [\"x\"] ? 1.1 0" + (expected.isEmpty ? "" : " " + expected), length: head.count)
      } else {
        .refused(.badRequest, "malformed header field")
      }
    #expect(Self.whole(head) == outcome)
    #expect(Self.byByte(head) == outcome)
  }

  @Test(arguments: [
    ("", "1.0", ""), ("Connection: keep-alive\r\n", "1.0", " keep"), ("Connection: keep-alive, close\r\n", "1.0", ""),
    ("Host: a\r\n", "1.1", " keep"),
    ("Host: a\r\n", "1.2", " keep"), ("Host: a\r\nExpect: 100-continue\r\n", "1.1", " keep continue"),
    ("Expect: 100-continue\r\n", "1.0", ""),
    ("Host: a\r\nExpect: 100-Continue\r\n", "1.1", " keep continue"),
  ])
  func versions(_ fields: String, _ version: String, _ expected: String) {
    let head = Self.get(fields, version: version)
    let minor = version == "1.0" ? 0 : 1
    #expect(Self.byByte(head) == .request("get [\"x\"] ? 1.\(minor) 0\(expected)", length: head.count))
  }

  @Test(arguments: [
    ("application/json", true), ("Application/JSON", true), ("application/json; charset=utf-8", true),
    ("application/json;charset=utf-8", true),
    ("application/json ; a", true), ("application/json;", true), ("application/jsonp", false),
    ("application/json-patch+json", false), ("text/json", false),
    ("json", false), ("", false), ("application/octet-stream", false), (";application/json", false),
    ("application/json, text/plain", false),
  ])
  func contentTypes(_ type: String, _ isJSON: Bool) {
    let head = Self.post("Content-Type: \(type)\r\n")
    #expect(Self.whole(head) == .request("post [\"x\"] ? 1.1 0 keep" + (isJSON ? " json" : ""), length: head.count))
    let twice = Self.post("Content-Type: \(type)\r\nA: b\r\ncontent-type:\t\(type)  \r\n")
    #expect(Self.whole(twice) == .request("post [\"x\"] ? 1.1 0 keep" + (isJSON ? " json" : ""), length: twice.count))
    let other = Self.post("Content-Type: \(type)\r\nContent-Type: \(type)x\r\n")
    #expect(Self.whole(other) == .refused(.badRequest, "two content types"))
  }

  // MARK: - Refusals

  /// Fields after `POST /x HTTP/1.1` and `Host: a`, and the outcome.
  static let refusedFields: [(String, Status)] = [
    // where a request ends
    ("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", .badRequest),
    ("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", .badRequest),
    ("Content-Length: 5\r\nContent-Length: 6\r\n", .badRequest), ("Content-Length: 5\r\nContent-Length: 05\r\n", .badRequest),
    ("Content-Length: 5\r\ncontent-length: 5\r\nCONTENT-LENGTH: 6\r\n", .badRequest),
    ("Content-Length: +5\r\n", .badRequest), ("Content-Length: -5\r\n", .badRequest), ("Content-Length: -0\r\n", .badRequest),
    ("Content-Length: 0x5\r\n", .badRequest), ("Content-Length: 5, 5\r\n", .badRequest),
    ("Content-Length: 5,\r\n", .badRequest),
    ("Content-Length: 5 5\r\n", .badRequest), ("Content-Length:\r\n", .badRequest), ("Content-Length: \r\n", .badRequest),
    ("Content-Length: five\r\n", .badRequest), ("Content-Length: 5.0\r\n", .badRequest),
    ("Content-Length: 1e3\r\n", .badRequest),
    ("Content-Length: 18446744073709551616\r\n", .badRequest), ("Content-Length: 5;\r\n", .badRequest),
    ("Content-Length: \u{665}\r\n", .badRequest),
    ("Content-Length: 18446744073709551615\r\n", .contentTooLarge),
    ("Content-Length: 9223372036854775808\r\n", .contentTooLarge),
    ("Content-Length: 1048577\r\n", .contentTooLarge),
    ("Content-Length: 1048577\r\nExpect: 100-continue\r\n", .contentTooLarge),
    ("Content-Length: 5\r\nTransfer-Encoding: identity\r\n", .badRequest),
    ("Content-Length: 0\r\nTransfer-Encoding: chunked\r\n", .badRequest),
    ("Transfer-Encoding: gzip, chunked\r\n", .notImplemented), ("Transfer-Encoding: identity\r\n", .notImplemented),
    ("Transfer-Encoding: xchunked\r\n", .notImplemented),
    ("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n", .notImplemented),
    ("Transfer-Encoding: chunked, chunked\r\n", .badRequest), ("Transfer-Encoding: chunked, gzip\r\n", .badRequest),
    ("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", .badRequest),
    ("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", .badRequest),
    ("Transfer-Encoding:\r\n", .badRequest), ("Transfer-Encoding: ,chunked\r\n", .badRequest),
    ("Transfer-Encoding: chunked,\r\n", .badRequest),
    ("Transfer-Encoding: chunked;q=1\r\n", .badRequest), ("Transfer-Encoding: \"chunked\"\r\n", .badRequest),
    ("Transfer-Encoding: chunked\r\nTransfer-Encoding:\r\n", .badRequest),
    ("Transfer-Encoding: chun ked\r\n", .badRequest), ("Transfer-Encoding: \u{b}chunked\r\n", .badRequest),
    ("Transfer-Encoding : chunked\r\nContent-Length: 5\r\n", .badRequest),
    // lines
    ("X: a\r\n b\r\n", .badRequest), ("X: a\r\n\tb\r\n", .badRequest), (" X: a\r\n", .badRequest), ("X : a\r\n", .badRequest),
    ("X\t: a\r\n", .badRequest),
    ("X\r\n", .badRequest), (": a\r\n", .badRequest), ("X Y: a\r\n", .badRequest), ("X(a): b\r\n", .badRequest),
    ("X,Y: b\r\n", .badRequest),
    ("X@: a\r\n", .badRequest), ("X\u{7f}: a\r\n", .badRequest), ("X: a\nY: b\r\n", .badRequest), ("X: a\n\r\n", .badRequest),
    ("\n", .badRequest),
    ("X: a\rY: b\r\n", .badRequest), ("X: a\r\r\n", .badRequest), ("X: \r\r\n", .badRequest), ("X: a\0b\r\n", .badRequest),
    ("\0: a\r\n", .badRequest),
    ("X: a\u{1}b\r\n", .badRequest), ("X: a\u{1b}[0m\r\n", .badRequest), ("X: a\u{7f}\r\n", .badRequest),
    ("X: a\u{8}\r\n", .badRequest),
    // Host
    ("Host: a\r\n", .badRequest), ("host: b\r\n", .badRequest),
    // Expect
    ("Expect: 200-ok\r\n", .expectationFailed), ("Expect:\r\n", .expectationFailed),
    ("Expect: 100-continue, x\r\n", .expectationFailed),
  ]

  @Test(arguments: refusedFields) func hostileFields(_ fields: String, _ status: Status) {
    let outcome = Self.whole(Self.post(fields))
    guard case .refused(status, let text) = outcome else {
      Issue.record("\(outcome)")
      return
    }
    #expect(!text.isEmpty && text.utf8.count <= 64)
    #expect(Self.byByte(Self.post(fields)) == outcome)
  }

  @Test(
    arguments: [
      // request lines
      ("GET\r\n", .badRequest), ("\r\n", .badRequest), ("GET /x\r\n", .badRequest), ("GET /x \r\n", .badRequest),
      (" GET /x HTTP/1.1\r\n", .badRequest),
      ("GET  /x HTTP/1.1\r\n", .badRequest), ("GET /x  HTTP/1.1\r\n", .badRequest), ("GET /x HTTP/1.1 \r\n", .badRequest),
      ("GET\t/x\tHTTP/1.1\r\n", .badRequest),
      ("GET HTTP/1.1\r\n", .badRequest), ("GET  HTTP/1.1\r\n", .badRequest), ("GET /a b HTTP/1.1\r\n", .badRequest),
      ("G@T /x HTTP/1.1\r\n", .badRequest),
      ("GET: /x HTTP/1.1\r\n", .badRequest), ("GET /x HTTP/1.1\n", .badRequest), ("GET /x\nHTTP/1.1\r\n", .badRequest),
      ("GET /x\0 HTTP/1.1\r\n", .badRequest),
      ("GET /x HTTP/1.10\r\n", .badRequest), ("GET /x HTTP/11\r\n", .badRequest), ("GET /x HTTP/1\r\n", .badRequest),
      ("GET /x HTTP/1,1\r\n", .badRequest),
      ("GET /x HTTP/a.b\r\n", .badRequest), ("GET /x http/1.1\r\n", .badRequest), ("GET /x HTTPS/1.1\r\n", .badRequest),
      ("GET /x HTTP 1.1\r\n", .badRequest),
      ("GET /x HTTP/1.1\r\r\n", .badRequest), ("GET /\u{e9} HTTP/1.1\r\n", .badRequest),
      ("\u{feff}GET /x HTTP/1.1\r\n", .badRequest),
      ("GET /x HTTP/2.0\r\n", .versionNotSupported), ("GET /x HTTP/0.9\r\n", .versionNotSupported),
      ("PRI * HTTP/2.0\r\n", .versionNotSupported),
      ("GET /x HTTP/9.9\r\n", .versionNotSupported),
      // the start of a TLS handshake
      ("\u{16}\u{3}\u{1}\u{2}\0\r\n", .badRequest),
    ] as [(String, Status)])
  func hostileRequestLines(_ line: String, _ status: Status) {
    let head = Array((line + "Host: a\r\n\r\n").utf8)
    let outcome = Self.whole(head)
    guard case .refused(status, _) = outcome else {
      Issue.record("\(outcome)")
      return
    }
    #expect(Self.byByte(head) == outcome)
  }

  @Test(arguments: [
    ("GET", "get"), ("HEAD", "head"), ("POST", "post"), ("PUT", "other"), ("get", "other"), ("PROPFIND", "other"),
    ("!#$%", "other"),
  ])
  func methods(_ name: String, _ method: String) {
    let head = Array("\(name) /x HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
    #expect(Self.whole(head) == .request("\(method) [\"x\"] ? 1.1 0 keep", length: head.count))
  }

  @Test func hostIsWantedFromHTTP11On() {
    #expect(Self.whole(Self.get("")) == .refused(.badRequest, "no Host field"))
    #expect(Self.whole(Self.get("X: Host\r\n")) == .refused(.badRequest, "no Host field"))
  }

  @Test(arguments: ["chunked", " Chunked\t", "CHUNKED"]) func chunked(_ coding: String) {
    let head = Self.post("Transfer-Encoding:\(coding)\r\n")
    #expect(Self.whole(head) == .request("post [\"x\"] ? 1.1 0 chunked keep", length: head.count))
    let old = Array("POST /x HTTP/1.0\r\nTransfer-Encoding:\(coding)\r\n\r\n".utf8)
    #expect(Self.whole(old) == .refused(.badRequest, "Transfer-Encoding in HTTP/1.0"))
  }

  @Test func equalLengthsAreOne() {
    let head = Self.post("Content-Length: 5\r\nContent-Length: 5\r\nContent-Length: 5\r\n")
    #expect(Self.whole(head) == .request("post [\"x\"] ? 1.1 5 keep", length: head.count))
  }

  // MARK: - Limits

  /// A head of so many bytes.
  private static func padded(_ size: Int) -> [UInt8] {
    let start = bytes("GET /x HTTP/1.1\r\nHost: a\r\nX: ")
    return start + [UInt8](repeating: 0x61, count: size - start.count - 4) + bytes("\r\n\r\n")
  }

  @Test func headAtTheLimit() {
    let most = Self.padded(Limits.requestHead)
    #expect(Self.whole(most) == .request("get [\"x\"] ? 1.1 0 keep", length: Limits.requestHead))
    #expect(Self.byByte(most) == .request("get [\"x\"] ? 1.1 0 keep", length: Limits.requestHead))
    // more may follow it
    #expect(Self.whole(most + most) == .request("get [\"x\"] ? 1.1 0 keep", length: Limits.requestHead))
  }

  @Test func headOneAboveTheLimit() {
    let tooMuch = Self.padded(Limits.requestHead + 1)
    #expect(Self.whole(tooMuch) == .refused(.headTooLarge, "the request head is too large"))
    #expect(Self.byByte(tooMuch) == .refused(.headTooLarge, "the request head is too large"))
    // reported as soon as it is certain: with the last byte that could have ended the head
    let endless = [UInt8](repeating: 0x61, count: Limits.requestHead)
    #expect(Self.whole(endless) == .refused(.headTooLarge, "the request head is too large"))
    #expect(Self.whole(Array(endless.dropLast())) == .incomplete)
  }

  @Test func bodyAtTheLimit() {
    let most = Self.post("Content-Length: 1048576\r\n")
    #expect(Limits.requestBody == 1_048_576)
    #expect(Self.whole(most) == .request("post [\"x\"] ? 1.1 1048576 keep", length: most.count))
    let whole = Self.whole(Self.post("Content-Length: 1048577\r\n"))
    #expect(whole == .refused(.contentTooLarge, "request bodies are at most 1 MiB: payload too large"))
  }

  /// At every place, in values of any length: the parser looks at eight bytes together.
  @Test func controlsEverywhere() {
    for count in 1...20 {
      for place in 0..<count {
        for byte: UInt8 in [0x00, 0x01, 0x08, 0x09, 0x0a, 0x0b, 0x1f, 0x20, 0x7e, 0x7f, 0x80, 0xff] {
          var value = [UInt8](repeating: 0x61, count: count)
          value[place] = byte
          let head = bytes("GET /x HTTP/1.1\r\nHost: a\r\nX: ") + value + bytes("\r\n\r\n")
          let expected: Outcome =
            switch byte {
            case 0x00: .refused(.badRequest, "NUL in the request head")
            case 0x0a: .refused(.badRequest, "bare LF in the request head")
            case 0x01, 0x08, 0x0b, 0x1f, 0x7f: .refused(.badRequest, "malformed header field")
            default: .request("get [\"x\"] ? 1.1 0 keep", length: head.count)
            }
          #expect(Self.whole(head) == expected, "\(byte) at \(place) of \(count)")
        }
      }
    }
  }

  // MARK: - Pieces

  /// The parser is used again for the connection's next request.
  @Test func oneParserForManyRequests() throws {
    var parser = RequestParser()
    let first = Self.get("Host: a\r\n")
    let second = Self.post("Content-Length: 1\r\n")
    var input = first + second
    let (request, length) = try #require(try parser.head(input[...]))
    #expect(Self.described(request) == "get [\"x\"] ? 1.1 0 keep")
    input.removeFirst(length)
    for count in 0..<second.count { #expect(try parser.head(input[..<count]) == nil) }
    let (next, nextLength) = try #require(try parser.head(input[...]))
    #expect(Self.described(next) == "post [\"x\"] ? 1.1 1 keep")
    #expect(nextLength == second.count)
  }

  /// A head in two pieces, cut at every place; the input is a slice that does not start at 0.
  @Test func everyCut() throws {
    for (head, expected) in Self.accepted {
      let input = bytes("....") + Array(head.utf8)
      for cut in 4...input.count {
        var parser = RequestParser()
        if cut < input.count { #expect(try parser.head(input[4..<cut]) == nil) }
        let (request, length) = try #require(try parser.head(input[4...]))
        #expect(Self.described(request) == expected && length == input.count - 4)
      }
    }
  }

  // MARK: - The same head again

  /// Heads that follow each other into one request are what each is by itself, whichever came before.
  @Test func everyPairOfHeads() throws {
    let all =
      Self.accepted + [
        // each the beginning of another, or of the same length
        ("GET /x HTTP/1.1\r\nHost: a\r\n\r\n", "get [\"x\"] ? 1.1 0 keep"),
        ("GET /y HTTP/1.1\r\nHost: a\r\n\r\n", "get [\"y\"] ? 1.1 0 keep"),
        ("GET /x HTTP/1.1\r\nHost: a\r\nA: b\r\n\r\n", "get [\"x\"] ? 1.1 0 keep"),
        ("GET /x?q HTTP/1.1\r\nHost: a\r\n\r\n", "get [\"x\"] ?q 1.1 0 keep"),
      ]
    for (first, firstExpected) in all {
      var request = Request()
      for (head, expected) in [(first, firstExpected)] + all.flatMap({ [$0, $0, (first, firstExpected)] }) {
        var parser = RequestParser()
        let input = Array(head.utf8) + bytes("body")
        for cut in [head.utf8.count / 2, head.utf8.count - 1] { #expect(try parser.read(input[..<cut], into: &request) == nil) }
        #expect(try parser.read(input[...], into: &request) == head.utf8.count)
        #expect(Self.described(request) == expected)
        request.take(input.span.extracting(last: 4))
        #expect(request.body == bytes("body"))
      }
    }
  }

  /// A head that is refused leaves nothing of itself, nor of the one before it.
  @Test func refusedBetween() throws {
    let good = Self.post("Content-Length: 4\r\nContent-Type: application/json\r\n")
    let refused = [
      Self.post("Transfer-Encoding: chunked\r\nContent-Length: 1\r\n"), Self.get(""), bytes("GET /x HTTP/1.1\r\n\0"),
    ]
    for bad in refused {
      var request = Request()
      for head in [good, bad, good] {
        var parser = RequestParser()
        if head == bad {
          #expect(Self.isRefused(head, &request))
        } else {
          #expect(try parser.read(head[...], into: &request) == head.count)
          #expect(Self.described(request) == "post [\"x\"] ? 1.1 4 keep json")
        }
      }
    }
  }

  private static func isRefused(_ head: [UInt8], _ request: inout Request) -> Bool {
    var parser = RequestParser()
    do throws(HTTPError) {
      _ = try parser.read(head[...], into: &request)
      return false
    } catch {
      return true
    }
  }

  /// What is kept is bounded.
  @Test(arguments: [Limits.keptHead, Limits.keptHead + 1]) func keptHead(_ size: Int) throws {
    var request = Request()
    for _ in 0..<2 {
      var parser = RequestParser()
      let rest = String(repeating: "a", count: size - Self.get("Host: \r\n").count)
      #expect(try parser.read(Self.get("Host: \(rest)\r\n")[...], into: &request) == size)
      #expect(request.head.count == (size > Limits.keptHead ? 0 : size))
    }
  }

  /// What follows `input` in the buffer, from earlier reads, makes no difference.
  private static func isRepeated(_ request: inout Request, _ input: [UInt8]) -> Bool {
    let isWhole = request.isRepeated(by: input + "and more", input.count)
    var copy = request
    #expect(copy.isRepeated(by: input, input.count) == isWhole)
    return isWhole
  }

  /// A whole request with the head of the last one is taken for a repetition; anything else is not, and changes nothing.
  @Test func repetitions() throws {
    let head = Self.post("Content-Length: 4\r\n")
    var other = head
    other[head.count - 5] = UInt8(ascii: "5")
    var request = Request()
    #expect(!Self.isRepeated(&request, []) && !Self.isRepeated(&request, head))
    var parser = RequestParser()
    #expect(try parser.read(head[...], into: &request) == head.count)
    let described = Self.described(request)
    let cases: [([UInt8], String?)] = [
      (head + "abcd", "abcd"), (head + "abcd", "abcd"), (head + "efgh", "efgh"),
      // a part of it, or more
      ([], nil), (Array(head.dropLast()), nil), (head, nil), (head + "abc", nil), (head + "abcde", nil),
      (head + "abcd" + head + "abcd", nil),
      // another head
      (other + "abcd", nil), (other + "abcde", nil), (bytes("\r\n") + head + "ab", nil),
    ]
    for (input, body) in cases {
      let before = request.body
      #expect(Self.isRepeated(&request, input) == (body != nil))
      #expect(request.body == body.map { utf8($0) } ?? before)
      #expect(Self.described(request) == described)
    }
    request.wipe()
    #expect(!Self.isRepeated(&request, head + "efgh"))
  }

  /// Of a head that is too long to keep there is no repetition, and none of a chunked body, whose length is not known.
  @Test func noRepetitions() throws {
    let long = Self.get("Host: " + String(repeating: "a", count: Limits.keptHead) + "\r\n")
    for head in [long, Self.post("Transfer-Encoding: chunked\r\n")] {
      var request = Request()
      var parser = RequestParser()
      #expect(try parser.read(head[...], into: &request) == head.count)
      #expect(!Self.isRepeated(&request, head))
    }
  }

  /// A body is the one that was taken last, whichever came before.
  @Test func everyPairOfBodies() {
    let bodies = ["", "a", "b", "ab", "{}", "0123456789abcdef", "0123456789abcdeF"].map { utf8($0) }
    for first in bodies {
      for second in bodies {
        var request = Request()
        for body in [first, second, second, first] {
          request.take(body.span)
          #expect(request.body == body)
        }
      }
    }
  }

  /// A wiped head is not taken for a kept one; the body is wiped too.
  @Test func wiped() throws {
    var request = Request()
    var parser = RequestParser()
    let head = Self.get("Host: a\r\n")
    #expect(try parser.read(head[...], into: &request) == head.count)
    request.take([1, 2].span)
    request.wipe()
    let zeros = [UInt8](repeating: 0, count: head.count)
    #expect(Self.isRefused(zeros, &request))
    #expect(request.body.isEmpty)
  }
}

extension RequestParser {
  /// Reads into a request of its own.
  fileprivate mutating func head(_ input: ArraySlice<UInt8>) throws(HTTPError) -> (Request, length: Int)? {
    var request = Request()
    guard let length = try read(input, into: &request) else { return nil }
    return (request, length)
  }
}
