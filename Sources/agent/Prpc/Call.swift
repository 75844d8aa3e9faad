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

  /// The arguments; `null` is taken for a message without fields.
  func arguments<Message: RequestMessage>() throws(AgentError) -> Message {
    let request = exchange.request
    var message = Message()
    if request.method != .post {
      try QueryFieldReader(request.query).read(&message)
    } else if isJSON {
      if !request.body.isEmpty { try JSONFieldReader(request.body).read(&message, allowingNull: Message.hasNoFields) }
    } else {
      try ProtobufFieldReader(request.body).read(&message)
    }
    return message
  }

  func reply<Message: ReplyMessage & ~Copyable>(_ message: borrowing Message) {
    let body = ByteBuffer()
    if isJSON {
      JSONFieldWriter.write(message, to: body)
    } else {
      ProtobufFieldWriter.write(message, to: body)
    }
    exchange.answer(Response(contentType: isJSON ? .json : .binary, body: body))
  }

  func fail(_ error: AgentError) {
    var response = Response.error(Call.status(error.kind), error.text)
    if !isJSON {
      response.contentType = .binary
      response.body = ByteBuffer()
      ProtobufFieldWriter.write(ErrorMessage(text: error.text), to: response.body)
    }
    exchange.answer(response)
  }

  /// Replies with google.protobuf.Empty: `null` in JSON.
  func replyNothing() {
    let body = ByteBuffer(capacity: 4)
    if isJSON { body.append("null") }
    exchange.answer(Response(contentType: isJSON ? .json : .binary, body: body))
  }

  /// Replies or fails with what came later.
  func complete<Message: ReplyMessage>(_ result: Result<Message, AgentError>) {
    switch result {
    case .success(let message): reply(message)
    case .failure(let error): fail(error)
    }
  }

  private static func status(_ kind: AgentError.Kind) -> Status {
    switch kind {
    case .invalid: .badRequest
    case .notFound: .notFound
    case .failed: .failed
    case .unavailable: .unavailable
    }
  }

  /// Whether the query has `json` with the value empty, `1` or `true`.
  private static func asksForJSON(_ query: [UInt8]) -> Bool {
    for pair in query.split(separator: UInt8(ascii: "&")) {
      if pair.matches("json") || pair.matches("json=") || pair.matches("json=1") || pair.matches("json=true") { return true }
    }
    return false
  }
}

/// An error in protobuf form.
private struct ErrorMessage: ReplyMessage {
  let text: [UInt8]
  func write(_ fields: FieldWriter) { fields.string("error", 1, text) }
}
