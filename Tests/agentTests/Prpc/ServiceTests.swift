import Testing

@testable import agent

/// `Call` and `Service`: forms, statuses and errors as docs/spec/prpc.md has them.
struct ServiceTests {
  /// Answers with the name that it was given.
  private struct Name: ReplyMessage {
    let name: [UInt8]
    func write(_ fields: FieldWriter) { fields.string("name", 1, name) }
  }

  private static func answer(_ request: Request, method: [UInt8] = bytes("Echo")) throws -> Response {
    let service = Service()
    service.add("Echo") { (call) throws(AgentError) in
      let message: EveryField = try call.arguments()
      call.reply { Name(name: message.name) }
    }
    service.add("Nothing") { $0.reply { Empty() } }
    service.add("Invalid") { (_) throws(AgentError) in throw .invalid("bad") }
    service.add("Missing") { (_) throws(AgentError) in throw .notFound("missing") }
    service.add("Failed") { (_) throws(AgentError) in throw .failed("failed", code: -5) }
    service.add("Busy") { (_) throws(AgentError) in throw .unavailable("busy") }
    service.add("Long") { (_) throws(AgentError) in throw AgentError(.failed, [UInt8](repeating: 0x78, count: 1000)) }
    let exchange = Exchange(request)
    service.answer(exchange, method: method[...])
    return try #require(exchange.response)
  }

  private static func request(_ method: Request.Method, query: String = "", json: Bool = false, body: [UInt8] = []) -> Request {
    var request = Request()
    request.method = method
    request.query = Array(query.utf8)
    request.hasJSONBody = json
    request.body = body
    return request
  }

  // MARK: - Forms

  /// What makes a call JSON: GET, `json` in the query, the content type.
  @Test(
    arguments: [
      (.get, "name=a", false, "", true), (.get, "name=a&json=0", false, "", true), (.get, "name=a", false, "ignored", true),
      (.post, "", true, "{\"name\":\"a\"}", true), (.post, "json", false, "{\"name\":\"a\"}", true),
      (.post, "json=", false, "{\"name\":\"a\"}", true),
      (.post, "json=1", false, "{\"name\":\"a\"}", true), (.post, "json=true", false, "{\"name\":\"a\"}", true),
      (.post, "x=1&json&name=z", false, "{\"name\":\"a\"}", true), (.post, "name=z", true, "{\"name\":\"a\"}", true),
      (.post, "", false, "\n\u{1}a", false), (.post, "json=0", false, "\n\u{1}a", false),
      (.post, "json=false", false, "\n\u{1}a", false),
      (.post, "json=TRUE", false, "\n\u{1}a", false), (.post, "JSON", false, "\n\u{1}a", false),
      (.post, "json=2", false, "\n\u{1}a", false),
      (.post, "xjson", false, "\n\u{1}a", false), (.post, "jsonx", false, "\n\u{1}a", false),
      (.post, "name=z", false, "\n\u{1}a", false),
    ] as [(Request.Method, String, Bool, String, Bool)])
  func forms(_ method: Request.Method, _ query: String, _ json: Bool, _ body: String, _ isJSON: Bool) throws {
    let response = try Self.answer(Self.request(method, query: query, json: json, body: Array(body.utf8)))
    #expect(response.status == .ok)
    #expect(response.contentType == (isJSON ? .json : .binary))
    #expect(response.body.storage == (isJSON ? bytes("{\"name\":\"a\"}") : octets("0a0161")))
  }

  /// An empty body has every field at its default.
  @Test func emptyBodies() throws {
    #expect(try Self.answer(Self.request(.post, json: true)).body.storage == bytes("{\"name\":\"\"}"))
    #expect(try Self.answer(Self.request(.post)).body.storage == [])
    #expect(try Self.answer(Self.request(.get)).body.storage == bytes("{\"name\":\"\"}"))
  }

  @Test(
    arguments: [
      (.get, "", false, ""), (.get, "x=1", false, ""), (.post, "", true, ""), (.post, "", true, "null"),
      (.post, "", true, "{}"), (.post, "", true, "{\"x\":1}"), (.post, "", false, ""),
      (.post, "", false, "\u{8}\u{1}"),
    ] as [(Request.Method, String, Bool, String)])
  func messagesWithoutFields(_ method: Request.Method, _ query: String, _ json: Bool, _ body: String) throws {
    let response = try Self.answer(
      Self.request(method, query: query, json: json, body: Array(body.utf8)), method: bytes("Nothing"))
    #expect(response.status == .ok)
    #expect(response.body.storage == (response.contentType == .json ? bytes("null") : []))
  }

  @Test func nullIsNoMessageWithFields() throws {
    #expect(try Self.answer(Self.request(.post, json: true, body: bytes("null"))).status == .badRequest)
  }

  // MARK: - Errors

  @Test(
    arguments: [
      ("Invalid", .badRequest, "bad"), ("Missing", .notFound, "missing"), ("Failed", .failed, "failed (-5)"),
      ("Busy", .unavailable, "busy"),
    ] as [(String, Status, String)])
  func failures(_ method: String, _ status: Status, _ text: String) throws {
    let json = try Self.answer(Self.request(.get), method: Array(method.utf8))
    #expect(json.status == status && json.contentType == .json)
    #expect(json.body.storage == Array("{\"error\":\"\(text)\"}".utf8))
    let protobuf = try Self.answer(Self.request(.post), method: Array(method.utf8))
    #expect(protobuf.status == status && protobuf.contentType == .binary)
    #expect(protobuf.body.storage == [0x0a, UInt8(text.utf8.count)] + Array(text.utf8))
    // Retry-After with 503, in both forms
    #expect((json.retryAfter != nil) == (status == .unavailable))
    #expect((protobuf.retryAfter != nil) == (status == .unavailable))
  }

  @Test(
    arguments: [
      (.get, "name=%", false, ""), (.get, "flag=x", false, ""), (.post, "", true, "{"), (.post, "json", false, "\n\u{1}a"),
      (.post, "", true, "{\"name\":1}"),
      (.post, "", false, "{\"name\":\"a\"}"), (.post, "", false, "\n"),
    ] as [(Request.Method, String, Bool, String)])
  func badArguments(_ method: Request.Method, _ query: String, _ json: Bool, _ body: String) throws {
    let response = try Self.answer(Self.request(method, query: query, json: json, body: Array(body.utf8)))
    #expect(response.status == .badRequest)
    #expect(response.contentType == (method == .post && !json && query.isEmpty ? .binary : .json))
    #expect(response.body.count > 10)
  }

  @Test func textsAreCut() throws {
    #expect(try Self.answer(Self.request(.get), method: bytes("Long")).body.count == 256 + 12)
    #expect(try Self.answer(Self.request(.post), method: bytes("Long")).body.count == 256 + 3)
    #expect(AgentError(.failed, [UInt8](repeating: 0x78, count: 256)).text.count == 256)
    #expect(AgentError(.failed, [UInt8](repeating: 0x78, count: 257)).text.count == 256)
    let long = AgentError(.invalid, [UInt8](repeating: 0x78, count: 250)).during("something")
    #expect(long.text.count == 256 && long.text.hasPrefix("something: x") && long.kind == .invalid)
  }

  // MARK: - Methods

  /// The name comes back if it is printable, nothing to a browser, and at most 64 bytes.
  @Test(arguments: [
    ("Unknown", true), ("", false), ("Tappd.Unknown_1", true), (String(repeating: "x", count: 64), true),
    (String(repeating: "x", count: 65), false),
    ("a b", false), ("<script>", false), ("a\"b", false), ("a\nb", false), ("é", false), ("a/b", true), ("..%2f", true),
    ("Foo-Bar", true),
    ("Version;x", true), ("a&b", false), ("a'b", false), ("a\\b", false), ("\u{7f}", false),
    ("echo", true), ("Echo ", false),
    ("Ech", true), ("Echo.", true),
  ])
  func unknownMethods(_ name: String, _ isRepeated: Bool) throws {
    for method in [Request.Method.get, .post, .head, .other] {
      let response = try Self.answer(Self.request(method, json: true), method: Array(name.utf8))
      #expect(response.status == .notFound)
      #expect(response.body.storage == Array("{\"error\":\"Service not found\(isRepeated ? ": " + name : "")\"}".utf8))
    }
    let protobuf = try Self.answer(Self.request(.post), method: Array(name.utf8))
    #expect(protobuf.status == .notFound && protobuf.contentType == .binary)
    #expect(Array(protobuf.body.storage.dropFirst(2)) == Array("Service not found\(isRepeated ? ": " + name : "")".utf8))
  }

  @Test(arguments: [Request.Method.head, .other]) func otherHTTPMethods(_ method: Request.Method) throws {
    let response = try Self.answer(Self.request(method))
    #expect(response.status == .methodNotAllowed)
    #expect(response.allow.map { "\($0)" } == "GET, POST")
  }

  // MARK: - Answers that come later

  @Test func later() throws {
    var kept: Call?
    let service = Service()
    service.add("Later") { (call) throws(AgentError) in kept = call }
    let exchange = Exchange(Self.request(.get))
    service.answer(exchange, method: bytes("Later")[...])
    #expect(exchange.response == nil)
    let call = try #require(kept)
    call.reply { Name(name: bytes("now")) }
    call.fail(.failed("too late"))
    #expect(exchange.response?.status == .ok)
    #expect(exchange.response?.body.storage == bytes("{\"name\":\"now\"}"))
  }

  @Test(arguments: [true, false]) func completion(_ succeeds: Bool) throws {
    let exchange = Exchange(Self.request(.get))
    Call(exchange).reply { () throws(AgentError) in
      if !succeeds { throw .unavailable("later") }
      return Name(name: bytes("a"))
    }
    #expect(exchange.response?.status == (succeeds ? .ok : .unavailable))
    #expect(exchange.response?.body.storage == bytes(succeeds ? "{\"name\":\"a\"}" : "{\"error\":\"later\"}"))
  }
}
