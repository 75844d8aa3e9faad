@testable import agent

// MARK: - HTTP

/// Byte 0 says where the head is cut; the rest is the head and what follows it.
func fuzzHTTP(_ input: ArraySlice<UInt8>) {
  guard let first = input.first else { return }
  let head = Array(input.dropFirst())
  let cut = min(Int(first), head.count)
  var whole = RequestParser()
  var pieces = RequestParser()
  let expected = parse(&whole, head[...])
  let early = parse(&pieces, head[..<cut])
  let result = early == nil ? parse(&pieces, head[...]) : early
  check(result == expected, "a head in pieces is the same head")
  if let expected, expected.status == nil {
    check(expected.length <= min(Limits.requestHead, head.count), "a head has a bound")
    check(expected.contentLength <= Limits.requestBody, "a body has a bound")
  }
}

private struct Parsed: Equatable {
  var status: Status?
  var length = 0
  var contentLength = 0
  var path: [[UInt8]] = []
  var query: [UInt8] = []
}

private func parse(_ parser: inout RequestParser, _ input: ArraySlice<UInt8>) -> Parsed? {
  do throws(HTTPError) {
    guard let (request, length) = try parser.head(input) else { return nil }
    check(request.path.allSatisfy { UTF8Text.isValid($0) && !$0.contains(0) }, "a path is text")
    return Parsed(length: length, contentLength: request.contentLength, path: request.path, query: request.query)
  } catch {
    return Parsed(status: error.status)
  }
}

// MARK: - JSON

/// What is read value by value can be skipped as well, and every string in it is UTF-8.
func fuzzJSON(_ input: ArraySlice<UInt8>) {
  let text = Array(input)
  let skipped = attempt { () throws(AgentError) in
    var reader = JSONReader(text)
    try reader.skip()
    try reader.end()
  }
  let used = attempt { () throws(AgentError) in
    var reader = JSONReader(text)
    try read(&reader)
    try reader.end()
  }
  check(skipped || !used, "what can be used can be skipped")
}

private func read(_ reader: inout JSONReader<[UInt8]>) throws(AgentError) {
  switch reader.peek() {
  case UInt8(ascii: "{"):
    try reader.object { (reader, name) throws(AgentError) in
      check(UTF8Text.isValid(name), "a name is UTF-8")
      try read(&reader)
    }
  case UInt8(ascii: "["): try reader.array { (reader) throws(AgentError) in try read(&reader) }
  case UInt8(ascii: "\""):
    let text = try reader.string()
    check(UTF8Text.isValid(text), "a string is UTF-8")
    checkWriter(text, gives: text)
  case UInt8(ascii: "t"), UInt8(ascii: "f"): _ = try reader.bool()
  case UInt8(ascii: "1")...UInt8(ascii: "9"): _ = try reader.unsigned()
  case UInt8(ascii: "n"): if try !reader.null() { try reader.skip() }
  default: try reader.skip()
  }
}

/// Any bytes become a JSON string in ASCII; what is not UTF-8 becomes U+FFFD as in Swift's own decoder.
func fuzzJSONWriter(_ input: ArraySlice<UInt8>) {
  checkWriter(Array(input), gives: Array(String(decoding: input, as: Unicode.UTF8.self).utf8))
}

private func checkWriter(_ text: [UInt8], gives expected: [UInt8]) {
  let out = ByteBuffer(capacity: 0)
  var json = JSONWriter(out)
  json.string(text)
  check(out.storage.allSatisfy { $0 >= 0x20 && $0 < 0x7f }, "JSON is ASCII")
  var reader = JSONReader(out.storage)
  let string = try? reader.string()
  check(string == expected && (try? reader.end()) != nil, "JSON gives back the text")
}

// MARK: - prpc

func fuzzJSONMessage(_ input: ArraySlice<UInt8>) {
  var message = Message()
  let isRead = attempt { () throws(AgentError) in try JSONFieldReader(Array(input)).read(&message, allowingNull: false) }
  if isRead { message.checkRoundTrips() }
}

func fuzzQuery(_ input: ArraySlice<UInt8>) {
  var message = Message()
  let isRead = attempt { () throws(AgentError) in try QueryFieldReader(Array(input)).read(&message) }
  if isRead { message.checkRoundTrips() }
}

func fuzzProtobuf(_ input: ArraySlice<UInt8>) {
  var message = Message()
  let isRead = attempt { () throws(AgentError) in try ProtobufFieldReader(Array(input)).read(&message) }
  if isRead { message.checkRoundTrips() }
}

/// Byte 0 holds the HTTP method and the content type, byte 1 the length of the query, then come query and body. Whatever they are,
/// the call is answered, in the form that was asked for.
func fuzzService(_ input: ArraySlice<UInt8>) {
  guard input.count >= 2 else { return }
  let bytes = Array(input)
  var request = Request()
  request.method = [.get, .post, .head, .other][Int(bytes[0] & 3)]
  request.hasJSONBody = bytes[0] & 4 != 0
  let split = min(bytes.count, 2 + Int(bytes[1]))
  request.query = Array(bytes[2..<split])
  request.body = Array(bytes[split...])

  var service = Service()
  service.add("Echo") { (call) throws(AgentError) in
    let message: Message = try call.arguments()
    call.reply(message)
  }
  let exchange = Exchange(request)
  service.answer(exchange, method: agent.bytes("Echo"))
  guard let response = exchange.response else { return check(false, "a call is answered") }
  check([.ok, .badRequest, .methodNotAllowed].contains(response.status), "a bad call is the caller's fault")
  switch response.contentType {
  case .json:
    var reader = JSONReader(response.body.storage)
    check(
      attempt { () throws(AgentError) in try reader.skip() } && attempt { () throws(AgentError) in try reader.end() },
      "an answer is JSON")
  case .binary:
    var reader = ProtobufReader(response.body.storage)
    check(
      attempt { () throws(AgentError) in while let (_, wire) = try reader.key() { try reader.skip(wire) } },
      "an answer is protobuf")
  case .text: check(false, "prpc has no text")
  }
}

// MARK: - Others

/// What is decoded is encoded again to the same text, up to what each form leaves open.
func fuzzEncodings(_ input: ArraySlice<UInt8>) {
  let text = Array(input)
  if let data = Hex.decode(text) { check(Hex.encode(data) == text.map(lowercased), "hex gives back its digits") }
  if let data = Base64.decode(text) { check(Base64.encode(data) == text, "base 64 gives back its digits") }
  check(Hex.decode(Hex.encode(text)) == text, "hex gives back its bytes")
  check(Base64.decode(Base64.encode(text)) == text, "base 64 gives back its bytes")
  check(UTF8Text.isValid(text) == (String(validating: text, as: Unicode.UTF8.self) != nil), "UTF-8 is what Swift takes for it")
  if let plain = FormEncoding.decode(input, plusIsSpace: true) {
    check(plain.count <= text.count && UTF8Text.isValid(plain), "a form value is text")
  }
  if let number = parseDecimal(text) { check(parseDecimal(decimal(number)) == number, "a number is read as written") }
}

func fuzzConfig(_ input: ArraySlice<UInt8>) {
  _ = attempt { () throws(AgentError) in _ = try Config(json: Array(input)) }
}

func fuzzJobReport(_ input: ArraySlice<UInt8>) {
  let report = Array(input)
  if case .success(let data)? = JobReport.decode(report) {
    check(JobReport.encode(.success(data)) == report, "a report is read as written")
  }
}

/// Whether it does not throw; what it throws is looked at.
private func attempt(_ body: () throws(AgentError) -> Void) -> Bool {
  do throws(AgentError) {
    try body()
    return true
  } catch {
    check(error)
    return false
  }
}
