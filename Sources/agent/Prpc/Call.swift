/// One prpc call: gives the method its arguments and sends its reply, in the form that the request chose (docs/spec/prpc.md).
struct Call {
  private let exchange: Exchange
  /// JSON or else protobuf. GET is always JSON, with its arguments in the query.
  private let isJSON: Bool
  /// The body holds the arguments as a child has recorded them.
  private var isReduced = false
  /// Nil except in a child that works on the call.
  private var work: ChildWork?

  private final class ChildWork {
    /// Whether only the arguments are wanted.
    let endsAtArguments: Bool
    /// The reply, the recorded arguments, or the error.
    private(set) var outcome: Result<ByteBuffer, AgentError>?

    init(endsAtArguments: Bool) { self.endsAtArguments = endsAtArguments }

    /// The first outcome counts.
    func settle(_ result: Result<ByteBuffer, AgentError>) {
      if outcome == nil { outcome = result }
    }
  }

  init(_ exchange: Exchange) {
    self.exchange = exchange
    // field by field, so that the request is not copied
    isJSON = exchange.request.method != .post || exchange.request.hasJSONBody || Call.asksForJSON(exchange.request.query)
  }

  /// Whether the caller still waits.
  var isWanted: Bool { !exchange.isAbandoned }

  /// The caller.
  var peer: Peer { exchange.peer }

  /// The arguments. A method without any does not call this: upstream ignores the body there too, and `curl -d '{}'` labels it a form.
  func arguments<Message: RequestMessage>() throws(AgentError) -> Message {
    var message = Message()
    try take { (fields) throws(AgentError) in
      try message.read(fields)
    } reduce: { () throws(AgentError) in
      try message.reduce()
    }
    return message
  }

  @inline(never)
  private func take(_ read: FieldReader.Offer, reduce: () throws(AgentError) -> Void) throws(AgentError) {
    try fields()?.fill(read)
    if isReduced { return }
    try reduce()
    if let work, work.endsAtArguments {
      let out = ByteBuffer()
      let writer = FieldReader()
      writer.out = out
      try read(writer)
      work.settle(.success(out))
      throw .failed("the rest is the parent's")
    }
  }

  @inline(never)
  func run(_ method: Service.Method) {
    do throws(AgentError) { try method(self) } catch { fail(error) }
  }

  /// Whether the body is too large for the loop to parse.
  var isLarge: Bool { exchange.request.method == .post && exchange.request.body.count > Limits.largeBody }

  /// In a child: runs the method and returns its reply; or only its arguments, for `proceed`.
  func work(_ method: Service.Method, endsAtArguments: Bool) throws(AgentError) -> Secret {
    guard Memory.has(Limits.callMemory) else { throw .unavailable("out of memory for a large request") }
    let work = ChildWork(endsAtArguments: endsAtArguments)
    var call = self
    call.work = work
    call.run(method)
    guard let outcome = work.outcome else { throw .failed("a call has no result") }
    return try Secret(copying: outcome.get().storage)
  }

  /// The body is not needed here any more.
  func forgetBody() { exchange.request.body = [] }

  /// Replies with the child's result; or runs the method with the arguments that the child has recorded.
  func proceed(_ result: Result<SecretMemory, AgentError>, _ method: Service.Method?) {
    guard isWanted else { return }
    do throws(AgentError) {
      let memory = try result.get()
      try Memory.require(2 * memory.count)
      if let method {
        exchange.request.body = memory.plain()
        var call = self
        call.isReduced = true
        return call.run(method)
      }
      let out = ByteBuffer(capacity: memory.count)
      for offset in 0..<memory.count { out.append(memory[offset]) }
      answer(out)
    } catch {
      fail(error)
    }
  }

  /// Nil for an empty JSON body, which stands for a message with every field at its default.
  private func fields() throws(AgentError) -> FieldReader? {
    let request = exchange.request
    if isReduced { return ProtobufFieldReader(request.body, isOurs: true) }
    if request.method != .post { return try QueryFieldReader(request.query) }
    guard isJSON else { return ProtobufFieldReader(request.body) }
    return request.body.isEmpty ? nil : JSONFieldReader(request.body)
  }

  /// Replies with the message that `make` returns, or with the error that it throws. `kept` keeps the message for `time` milliseconds,
  /// while `stamp` stays the same.
  func reply<Message: ReplyMessage & ~Copyable>(
    keptIn kept: KeptReply? = nil, _ stamp: Int = 0, for time: Int64 = 0, _ make: () throws(AgentError) -> Message
  ) {
    reply(keptIn: kept, stamp, for: time, hasFields: !Message.hasNoFields) { (fields) throws(AgentError) in
      fields.write(try make())
    }
  }

  // Not generic, so that it is compiled only once.
  @inline(never)
  private func reply(
    keptIn kept: KeptReply?, _ stamp: Int, for time: Int64, hasFields: Bool, _ write: (FieldWriter) throws(AgentError) -> Void
  ) {
    do throws(AgentError) {
      let body = ByteBuffer()
      try write(Call.writer(body, isJSON: isJSON, hasFields: hasFields))
      answer(body, keptIn: kept, stamp, for: time)
    } catch {
      fail(error)
    }
  }

  /// Replies with what is kept, if it is still valid.
  @discardableResult
  @inline(never)
  func reply(from kept: KeptReply, _ stamp: Int = 0) -> Bool {
    guard work == nil, let response = kept.answer(isJSON: isJSON, stamp) else { return false }
    exchange.answer(response)
    return true
  }

  func fail(_ error: AgentError) {
    if let work { return work.settle(.failure(error)) }
    let response = Response.error(error)
    if !isJSON {
      response.contentType = .binary
      response.body = ByteBuffer()
      ProtobufFieldWriter(response.body).string("error", 1, error.text)
    }
    exchange.answer(response)
  }

  /// A message in either form.
  static func body<Message: ReplyMessage & ~Copyable>(of message: borrowing Message, isJSON: Bool) -> ByteBuffer {
    let body = ByteBuffer()
    writer(body, isJSON: isJSON, hasFields: !Message.hasNoFields).write(message)
    return body
  }

  @inline(never)
  private static func writer(_ body: ByteBuffer, isJSON: Bool, hasFields: Bool) -> FieldWriter {
    if hasFields { return isJSON ? JSONFieldWriter(body) : ProtobufFieldWriter(body) }
    if isJSON { body.append("null") }
    return FieldWriter()
  }

  @inline(never)
  private func answer(_ body: ByteBuffer, keptIn kept: KeptReply? = nil, _ stamp: Int = 0, for time: Int64 = 0) {
    if let work { return work.settle(.success(body)) }
    kept?.keep(body, isJSON: isJSON, stamp, for: time)
    exchange.answer(Response(isJSON ? .json : .binary, body))
  }

  /// Whether the query has `json` with the value empty, `1` or `true`.
  private static func asksForJSON(_ query: [UInt8]) -> Bool {
    if query.isEmpty { return false }
    return TextParts(query[...], by: UInt8(ascii: "&")).contains {
      $0.matches("json") || $0.matches("json=") || $0.matches("json=1") || $0.matches("json=true")
    }
  }
}
