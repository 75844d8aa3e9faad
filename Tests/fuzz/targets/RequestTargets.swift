@testable import agent

/// What a parser made from a head.
private enum Verdict: Equatable {
  case incomplete
  case head(length: Int)
  case refused(Status)
}

private func verdict(_ parser: inout RequestParser, _ input: ArraySlice<UInt8>) -> (Verdict, Request?) {
  do throws(HTTPError) {
    var request = Request()
    guard let length = try parser.read(input, into: &request) else { return (.incomplete, nil) }
    return (.head(length: length), request)
  } catch {
    return (.refused(error.status), nil)
  }
}

/// A head gives the same result in any pieces.
func fuzzRequestHead(_ input: [UInt8]) {
  var whole = RequestParser()
  let (atOnce, accepted) = verdict(&whole, input[...])
  var parser = RequestParser()
  var inPieces = Verdict.incomplete
  for end in 0...input.count where inPieces == .incomplete { (inPieces, _) = verdict(&parser, input[..<end]) }
  check(atOnce == inPieces, "a head in pieces is the same head")

  guard case .head(let length) = atOnce, let request = accepted else { return }
  check(length <= min(input.count, Limits.requestHead), "a head has a bound")
  check(request.contentLength <= Limits.requestBody, "a body has a bound")
  check(!request.isChunked || request.contentLength == 0, "a body has one end")
  check(request.path.allSatisfy { UTF8Text.isValid($0) && !$0.contains(0) }, "a path is text")
}

/// A chunked body is the same in any pieces, and the same body after it is written again.
func fuzzChunkedBody(_ input: [UInt8]) {
  let whole = chunkedBody(input, by: max(1, input.count))
  check(whole == chunkedBody(input, by: 1), "a body in pieces is the same body")
  check(whole == chunkedBody(input, by: 7), "a body in pieces is the same body")
  guard let (body, length) = whole.body else { return }
  check(body.count < length && length <= input.count, "a body is shorter than its chunks")
  let buffer = ByteBuffer()
  buffer.append(body)
  let chunks = ByteBuffer()
  if buffer.count > 0 { chunks.appendChunk(buffer) }
  chunks.append("0\r\n\r\n")
  check(chunkedBody(chunks.take(), by: 5).body?.data == body, "a body is read as it is written")
}

private struct ChunkedBody: Equatable {
  var status: Status?
  var data: [UInt8] = []
  var length: Int?

  var body: (data: [UInt8], length: Int)? { length.map { (data, $0) } }
}

private func chunkedBody(_ input: [UInt8], by size: Int) -> ChunkedBody {
  var request = Request()
  request.isChunked = true
  var body = RequestBody(of: request)
  var at = 0
  do throws(HTTPError) {
    while at < input.count, !body.isComplete { at += try body.take(input[at..<min(input.count, at + size)]) }
  } catch {
    return ChunkedBody(status: error.status)
  }
  check(body.announced <= Limits.requestBody && body.data.count <= body.announced, "a body has a bound")
  return ChunkedBody(data: body.data, length: body.isComplete ? at : nil)
}

/// A line with the method, one word for JSON, the name and the query, such as `POST json Echo?a=b`, and after it the body. Every call
/// gets an answer, in the form that was asked for, and a bad call gets an error of status 4xx.
func fuzzCall(_ input: [UInt8]) {
  let end = input.firstIndex(of: 0x0a) ?? input.endIndex
  let words = input[..<end].split(separator: 0x20, maxSplits: 2, omittingEmptySubsequences: false)
  guard words.count == 3 else { return }
  let target = words[2].split(separator: UInt8(ascii: "?"), maxSplits: 1, omittingEmptySubsequences: false)
  var request = Request()
  request.method = words[0].matches("GET") ? .get : words[0].matches("POST") ? .post : words[0].matches("HEAD") ? .head : .other
  request.hasJSONBody = words[1].matches("json")
  request.query = target.count > 1 ? Array(target[1]) : []
  request.body = Array(input[end...].dropFirst())

  let exchange = Exchange(request)
  service.answer(exchange, method: target[0])
  guard let response = exchange.response else { return check(false, "a call is answered") }
  check([.ok, .badRequest, .notFound, .methodNotAllowed].contains(response.status), "a bad call is the caller's fault")
  let body = response.body.storage
  switch response.contentType {
  case .json: check(body.allSatisfy { $0 < 0x80 } && isJSON(body), "an answer is JSON")
  case .binary: check(isProtobuf(body), "an answer is protobuf")
  default: check(false, "prpc has no pages")
  }
}

private func isProtobuf(_ data: [UInt8]) -> Bool {
  attempt { () throws(AgentError) in
    var reader = ProtobufReader(data)
    while let (_, wire) = try reader.key() { try reader.skip(wire) }
  }
}

/// A service that needs no keys.
nonisolated(unsafe) private let service: Service = {
  let service = Service()
  service.add("Echo") { (call) throws(AgentError) in
    let message: Message = try call.arguments()
    call.reply { () throws(AgentError) in message }
  }
  service.add("Verify") { (call) in Verify.serve(call) }
  service.add("Nothing") { (call) throws(AgentError) in
    let _: GetTlsKey.Arguments = try call.arguments()
    call.reply { () throws(AgentError) in Empty() }
  }
  return service
}()

/// The arguments of GetTlsKey: what is accepted can be put into a certificate.
func fuzzCertificateRequest(_ input: [UInt8]) {
  attempt { () throws(AgentError) in
    var arguments = GetTlsKey.Arguments()
    try JSONFieldReader(input).fill(&arguments)
    try arguments.leaf.check()
    let validity = try arguments.leaf.validity(now: 1_700_000_000)
    for time in [validity.notBefore, validity.notAfter] {
      check([15, 17].contains(CertificateTime.der(time).count), "a time has a year of two or four digits")
    }
    checkElements(try Certificate.name(arguments.leaf.subject))
    checkElements(try arguments.leaf.generalNames())
  }
}

/// An application's name for its event: what is accepted reads back as written.
func fuzzEventName(_ input: [UInt8]) {
  attempt { () throws(AgentError) in
    try RuntimeEvent.checkApplication(name: input, payload: [])
    check(UTF8Text.isValid(input) && !SystemEvent.isReserved(input), "a name is text of the application's own")
    let before = input.split(separator: UInt8(ascii: ":"), maxSplits: 1, omittingEmptySubsequences: false)[0]
    check(!SystemEvent.allCases.contains { before.matches($0.name) }, "a name cannot be taken for a system event's")
    for version in [RuntimeEvent.Version.one, .two] {
      checkLine(of: RuntimeEvent(name: input, payload: input, version: version))
    }
  }
}
