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

  /// Replies with the message that `make` gives, or with the error that it throws. `kept` keeps the message for so many milliseconds,
  /// while `stamp` stays the same.
  func reply<Message: ReplyMessage & ~Copyable>(
    keptIn kept: KeptReply? = nil, _ stamp: Int = 0, for time: Int64 = 0, _ make: () throws(AgentError) -> Message
  ) {
    do throws(AgentError) { answer(body(of: try make()), keptIn: kept, stamp, for: time) } catch { fail(error) }
  }

  /// Replies with what is kept, if it still holds.
  func reply(from kept: KeptReply, _ stamp: Int) -> Bool {
    guard let body = page(of: kept).current(stamp) else { return false }
    answer(body)
    return true
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

  private func page(of kept: KeptReply) -> KeptPage { isJSON ? kept.json : kept.protobuf }

  private func body<Message: ReplyMessage & ~Copyable>(of message: borrowing Message) -> ByteBuffer {
    let body = ByteBuffer()
    if Message.hasNoFields {
      if isJSON { body.append("null") }
    } else {
      let fields = isJSON ? JSONFieldWriter(body) : ProtobufFieldWriter(body)
      fields.write(message)
    }
    return body
  }

  @inline(never)
  private func answer(_ body: ByteBuffer, keptIn kept: KeptReply? = nil, _ stamp: Int = 0, for time: Int64 = 0) {
    if let kept { page(of: kept).keep(body, stamp, for: time) }
    exchange.answer(Response(isJSON ? .json : .binary, body))
  }

  /// Whether the query has `json` with the value empty, `1` or `true`.
  private static func asksForJSON(_ query: [UInt8]) -> Bool {
    query.split(separator: UInt8(ascii: "&")).contains {
      $0.matches("json") || $0.matches("json=") || $0.matches("json=1") || $0.matches("json=true")
    }
  }
}
