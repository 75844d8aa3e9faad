import CFuzz

@testable import agent

/// One input of libFuzzer. Its first byte chooses the parser, the rest is what that one is given. AddressSanitizer and Swift's own
/// traps find what goes out of bounds; the preconditions here, what comes out wrong.
@c(LLVMFuzzerTestOneInput)
public func fuzzOne(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
  let input = Array(UnsafeBufferPointer(start: data, count: size))
  guard let parser = input.first else { return -1 }
  let rest = Array(input.dropFirst())
  switch parser {
  case UInt8(ascii: "H"): requests(rest)
  case UInt8(ascii: "J"): json(rest)
  case UInt8(ascii: "Q"): query(rest)
  case UInt8(ascii: "P"): protobuf(rest)
  default: return -1
  }
  return 0
}

/// What a parser made of an input.
private enum Verdict: Equatable {
  case incomplete
  case head(length: Int)
  case refused(Int)
}

private func verdict(_ parser: inout RequestParser, _ input: ArraySlice<UInt8>) -> (Verdict, Request?) {
  do {
    guard let (request, length) = try parser.head(input) else { return (.incomplete, nil) }
    return (.head(length: length), request)
  } catch {
    return (.refused(error.status.rawValue), nil)
  }
}

/// Heads are judged alike however they come in, and what is accepted is answered.
private func requests(_ input: [UInt8]) {
  var whole = RequestParser()
  let (atOnce, accepted) = verdict(&whole, input[...])
  var parser = RequestParser()
  var inPieces = Verdict.incomplete
  for end in 0...input.count where inPieces == .incomplete { (inPieces, _) = verdict(&parser, input[..<end]) }
  precondition(atOnce == inPieces)

  guard case .head(let length) = atOnce, var request = accepted else { return }
  precondition(length <= input.count && length <= Limits.requestHead && request.contentLength <= Limits.requestBody)
  request.body = Array(input[length...].prefix(request.contentLength))
  let exchange = Exchange(request)
  service.answer(exchange, method: request.path.count == 1 ? request.path[0] : [])
  guard let response = exchange.response else { preconditionFailure("no answer") }
  let isJSON = response.contentType == .json
  let bytes = response.serialized(keepAlive: request.keepsAlive, withBody: request.method != .head).storage
  precondition(!isJSON || bytes.allSatisfy { $0 < 0x80 })
}

/// A service that needs no keys.
nonisolated(unsafe) private let service: Service = {
  var service = Service()
  service.add("Verify") { (call) throws(AgentError) in call.reply(try Verify.answer(call.arguments())) }
  service.add("Version") { (call) throws(AgentError) in call.reply(try Version.answer(call.arguments())) }
  service.add("GetTlsKey") { (call) throws(AgentError) in
    let _: GetTlsKey.Arguments = try call.arguments()
    call.replyNothing()
  }
  return service
}()

private func json(_ input: [UInt8]) {
  var (tls, verify) = (GetTlsKey.Arguments(), Verify.Arguments())
  _ = try? JSONFieldReader(input).read(&tls, allowingNull: false)
  _ = try? JSONFieldReader(input).read(&verify, allowingNull: true)
  _ = try? Config(json: input)
  if let file = try? Secret(copying: input) { _ = try? AppKeys.parse(file) }
}

private func query(_ input: [UInt8]) {
  var (tls, verify) = (GetTlsKey.Arguments(), Verify.Arguments())
  _ = try? QueryFieldReader(input).read(&tls)
  _ = try? QueryFieldReader(input).read(&verify)
}

private func protobuf(_ input: [UInt8]) {
  var (tls, verify) = (GetTlsKey.Arguments(), Verify.Arguments())
  _ = try? ProtobufFieldReader(input).read(&tls)
  _ = try? ProtobufFieldReader(input).read(&verify)
}
