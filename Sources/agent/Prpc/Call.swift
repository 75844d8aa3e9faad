/// One prpc call: gives the method its arguments and takes its reply, in the form that the request chose (spec/api.md, prpc).
final class Call {
  private let exchange: Exchange
  /// JSON, else protobuf. GET is always JSON, with its arguments in the query.
  private let isJSON: Bool

  init(_ exchange: Exchange) {
    self.exchange = exchange
    let request = exchange.request
    isJSON = request.method != .post || request.hasJSONBody || Call.asksForJSON(request.query)
  }

  /// Whether the caller still waits.
  var isWanted: Bool { !exchange.isAbandoned }

  /// Who calls.
  var peer: Peer { exchange.peer }

  /// The arguments. A method that takes none does not ask: upstream does not look at what is sent either, and `curl -d '{}'` says that it
  /// is a form.
  func arguments<Message: RequestMessage>() throws(AgentError) -> Message {
    var message = Message()
    try fields()?.fill(&message)
    return message
  }

  /// Nil for an empty body of JSON, which stands for a message with every field at its default.
  private func fields() throws(AgentError) -> FieldReader? {
    let request = exchange.request
    if request.method != .post { return try QueryFieldReader(request.query) }
    guard isJSON else { return ProtobufFieldReader(request.body) }
    return request.body.isEmpty ? nil : JSONFieldReader(request.body)
  }

  /// Replies with the message that `make` gives, or with the error that it throws.
  func reply<Message: ReplyMessage & ~Copyable>(_ make: () throws(AgentError) -> Message) {
    do throws(AgentError) { try answer(make()) } catch { fail(error) }
  }

  func fail(_ error: AgentError) {
    var response = Response.error(error)
    if !isJSON {
      response.contentType = .binary
      response.body = ByteBuffer()
      ProtobufFieldWriter(response.body).string("error", 1, error.text)
    }
    exchange.answer(response)
  }

  private func answer<Message: ReplyMessage & ~Copyable>(_ message: borrowing Message) {
    let body = ByteBuffer()
    if Message.hasNoFields {
      if isJSON { body.append("null") }
      return answer(body, [])
    }
    let fields = isJSON ? JSONFieldWriter(body) : ProtobufFieldWriter(body)
    fields.write(message)
    answer(body, fields.inserts)
  }

  @inline(never)
  private func answer(_ body: ByteBuffer, _ inserts: [BodyReader.Insert]) {
    let contentType = isJSON ? Response.ContentType.json : .binary
    exchange.answer(
      inserts.isEmpty ? Response(contentType: contentType, body: body) : Response(contentType, JoinedBody(body, inserts)))
  }

  /// Whether the query has `json` with the value empty, `1` or `true`.
  private static func asksForJSON(_ query: [UInt8]) -> Bool {
    query.split(separator: UInt8(ascii: "&")).contains {
      $0.matches("json") || $0.matches("json=") || $0.matches("json=1") || $0.matches("json=true")
    }
  }
}
