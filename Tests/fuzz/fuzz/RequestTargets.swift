@testable import agent

/// What a parser made of a head.
private enum Verdict: Equatable {
  case incomplete
  case head(length: Int)
  case refused(Status)
}

private func verdict(_ parser: inout RequestParser, _ input: ArraySlice<UInt8>) -> (Verdict, Request?) {
  do throws(HTTPError) {
    guard let (request, length) = try parser.head(input) else { return (.incomplete, nil) }
    return (.head(length: length), request)
  } catch {
    return (.refused(error.status), nil)
  }
}

/// Heads are judged alike however they come in, and what is accepted is answered.
func fuzzRequest(_ input: [UInt8]) {
  var whole = RequestParser()
  let (atOnce, accepted) = verdict(&whole, input[...])
  var parser = RequestParser()
  var inPieces = Verdict.incomplete
  for end in 0...input.count where inPieces == .incomplete { (inPieces, _) = verdict(&parser, input[..<end]) }
  check(atOnce == inPieces, "a head in pieces is the same head")

  guard case .head(let length) = atOnce, var request = accepted else { return }
  check(length <= min(input.count, Limits.requestHead), "a head has a bound")
  check(request.contentLength <= Limits.requestBody, "a body has a bound")
  check(request.path.allSatisfy { UTF8Text.isValid($0) && !$0.contains(0) }, "a path is text")
  request.body = Array(input[length...].prefix(request.contentLength))
  answer(request, method: request.path.count == 1 ? request.path[0] : [])
}

/// Byte 0 holds the HTTP method and the content type, byte 1 the length of the query, then come query and body.
func fuzzService(_ input: [UInt8]) {
  guard input.count >= 2 else { return }
  var request = Request()
  request.method = [.get, .post, .head, .other][Int(input[0] & 3)]
  request.hasJSONBody = input[0] & 4 != 0
  let split = min(input.count, 2 + Int(input[1]))
  request.query = Array(input[2..<split])
  request.body = Array(input[split...])
  answer(request, method: bytes("Echo"))
}

/// Whatever a call is, it is answered, in the form that was asked for, and a bad one is the caller's fault.
private func answer(_ request: Request, method: [UInt8]) {
  let exchange = Exchange(request)
  service.answer(exchange, method: method)
  guard let response = exchange.response else { return check(false, "a call is answered") }
  check([.ok, .badRequest, .notFound, .methodNotAllowed].contains(response.status), "a bad call is the caller's fault")
  let body = response.body.storage
  switch response.contentType {
  case .json: check(body.allSatisfy { $0 < 0x80 } && isJSON(body), "an answer is JSON")
  case .binary: check(isProtobuf(body), "an answer is protobuf")
  default: check(false, "prpc has no pages")
  }
}

private func isJSON(_ text: [UInt8]) -> Bool {
  attempt { () throws(AgentError) in
    var reader = JSONReader(text)
    try reader.skip()
    try reader.end()
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
  var service = Service()
  service.add("Echo") { (call) throws(AgentError) in
    let message: Message = try call.arguments()
    call.reply(message)
  }
  service.add("Verify") { (call) throws(AgentError) in call.reply(try Verify.answer(call.arguments())) }
  service.add("Version") { (call) throws(AgentError) in call.reply(try Version.answer(call.arguments())) }
  service.add("GetTlsKey") { (call) throws(AgentError) in
    let _: GetTlsKey.Arguments = try call.arguments()
    call.replyNothing()
  }
  return service
}()
