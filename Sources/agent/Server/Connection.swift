/// One client: reads requests, hands them on, writes the answers in order.
final class Connection: EventSource {
  private enum State {
    /// Waiting for a request's first byte, or in the middle of its head.
    case head
    case body(Request)
    /// The request is with the handler.
    case waiting(Exchange)
    /// `output` is on its way.
    case writing(Next)
    /// The answer to a refused request is out; what the client still sends is read and forgotten, so that it gets the answer.
    case lingering
  }

  /// What follows when `output` is out.
  private enum Next {
    case request
    case close
    case body(ByteBuffer, thenClose: Bool)
    /// The next part of the body.
    case content(BodyReader, thenClose: Bool)
    /// More of the stream, in chunks or as it is.
    case stream(BodyStream, isChunked: Bool)
  }

  private let listener: Listener
  private let loop: Loop
  private let handler: Listener.Handler
  /// Who is at the other end; looked up when somebody has to give way.
  private(set) lazy var peer = Peer(of: descriptor)
  /// When something was read or written last, by the loop's time.
  private var lastProgress: Int64
  private var state = State.head
  /// In `.head`: nothing of a request has come yet.
  private var isFresh = true
  private var parser = RequestParser()
  private var input: [UInt8] = []
  /// In `.body`: what has come of it.
  private var body = RequestBody(of: Request())
  /// What there is room held for.
  private(set) var heldBytes = 0
  private var bodyDeadline: Int64 = 0
  private var output = ByteBuffer(capacity: 0)
  private var written = 0
  private var lingered = 0
  /// While a stream is sent: the client has ended its side.
  private var hasClientEnded = false

  init(_ descriptor: consuming Descriptor, listener: Listener, loop: Loop, handler: @escaping Listener.Handler) {
    self.listener = listener
    self.loop = loop
    self.handler = handler
    lastProgress = loop.now
    super.init(descriptor)
    awaitRequest()
  }

  /// Whether a request is being read or answered. An endless answer does not count.
  var isBusy: Bool {
    if case .head = state { return !input.isEmpty }
    if case .writing(.stream(let stream, _)) = state { return !stream.isEndless }
    return true
  }

  /// Its place among the others. It gives way while it is idle, or what it sends is not whole yet.
  var place: Place {
    let givesWay =
      switch state {
      case .head, .body, .lingering: true
      case .waiting, .writing: false
      }
    return Place(holder: peer, givesWay: givesWay, lastProgress: lastProgress)
  }

  /// Closes it at once, as others need what it holds.
  func giveWay() {
    forgetBody()
    finish()
  }

  override func ready(_ happened: Int16) {
    if case .waiting = state {
      // only Poll.gone can have happened: nobody waits for the answer any more
      return finish()
    }
    if case .writing(.stream(let stream, _)) = state { return ready(happened, stream) }
    if case .writing = state { return flush() }
    if case .head = state, events == Poll.writable {
      events = Poll.readable
      return advance()
    }
    switch IO.read(descriptor, appendingTo: &input, limit: max(1, Limits.readChunk - input.count)) {
    case .bytes(let count):
      lastProgress = loop.now
      if case .lingering = state {
        input.removeLast(count)
        lingered += count
        if lingered > Limits.lingerBytes { finish() }
        return
      }
      if case .head = state, isFresh { beginHead() }
      advance()
    case .end:
      // a client that has ended its side gets its answer first: nothing is read while one is due
      finish()
    case .wouldBlock:
      break
    case .failed:
      finish()
    }
  }

  override func expired() {
    switch state {
    case .head where !input.isEmpty: refuse(HTTPError(.requestTimeout, "the request head took too long"))
    case .body: refuse(HTTPError(.requestTimeout, "the request body took too long"))
    default: finish()
    }
  }

  override func release() {
    if case .waiting(let exchange) = state { exchange.abandon() }
    if case .writing(.stream(let stream, _)) = state { stream.abandon() }
    // the exchange holds this connection
    state = .lingering
    wipe(&input)
    forgetBody()
    listener.closed(self)
  }

  // MARK: - Reading

  private func awaitRequest() {
    state = .head
    isFresh = true
    events = Poll.readable
    deadline = loop.now + Limits.idle
    if input.isEmpty { return }
    // what came behind the last request has its turn in the next round, so that no client holds up the others: the descriptor is
    // writable at once
    events = Poll.writable
    beginHead()
  }

  /// A request's first byte is there, or an empty line before it: no later one gives more time.
  private func beginHead() {
    isFresh = false
    deadline = loop.now + Limits.headDeadline
  }

  /// Handles what has been read, up to the end of one request.
  private func advance() {
    if case .head = state {
      // RFC 9112 §2.2: empty lines before a request are ignored
      var empty = 0
      while empty + 1 < input.count, input[empty] == 0x0d, input[empty + 1] == 0x0a { empty += 2 }
      if empty > 0 {
        input.removeFirst(empty)
        // what it has looked through is gone
        parser = RequestParser()
      }
      do throws(HTTPError) {
        guard let (request, length) = try parser.head(input[...]) else { return }
        input.removeFirst(length)
        bodyDeadline = loop.now + Limits.bodyDeadline
        body = RequestBody(of: request)
        state = .body(request)
        try takeBody()
        if request.expectsContinue, !body.isComplete {
          _ = IO.write(descriptor, bytes("HTTP/1.1 100 Continue\r\n\r\n"), from: 0)
        }
      } catch {
        return refuse(error)
      }
    } else {
      do throws(HTTPError) { try takeBody() } catch { return refuse(error) }
    }
    if case .body(var request) = state {
      guard body.isComplete else {
        deadline = min(loop.now + Limits.idle, bodyDeadline)
        return
      }
      request.body = body.data
      body = RequestBody(of: Request())
      dispatch(request)
    }
  }

  /// Takes what has come of a body, and room for what is known to come.
  private func takeBody() throws(HTTPError) {
    let taken = try body.take(input[...])
    input.removeFirst(taken)
    let counted = max(0, body.announced - Limits.smallBody)
    guard listener.room.hold(counted - heldBytes, for: self) else {
      throw HTTPError(.unavailable, "too many large requests at present")
    }
    heldBytes = counted
  }

  private func forgetBody() {
    body = RequestBody(of: Request())
    listener.room.giveBack(heldBytes, of: self)
    heldBytes = 0
  }

  private func dispatch(_ request: Request) {
    let exchange = Exchange(request, from: { [self] in peer })
    state = .waiting(exchange)
    events = 0
    deadline = Int64.max
    handler(exchange)
    if exchange.response != nil {
      reply(exchange)
    } else {
      exchange.answered = { [self] in reply(exchange) }
    }
  }

  // MARK: - Writing

  private func reply(_ exchange: Exchange) {
    exchange.answered = nil
    guard let response = exchange.response else { return }
    let request = exchange.request
    send(
      response, minorVersion: request.minorVersion, keepAlive: request.keepsAlive && !listener.isFinished,
      withBody: request.method != .head)
  }

  private func refuse(_ error: HTTPError) { send(Response.error(error), minorVersion: 1, keepAlive: false, withBody: true) }

  private func send(_ response: Response, minorVersion: Int, keepAlive: Bool, withBody: Bool) {
    listener.count(response, client: descriptor)
    forgetBody()
    output = response.head(keepAlive: keepAlive, minorVersion: minorVersion, fields: listener.fields)
    written = 0
    events = Poll.writable
    deadline = loop.now + Limits.idle
    if let stream = response.stream {
      if withBody {
        state = .writing(.stream(stream, isChunked: minorVersion > 0))
        stream.changed = { [self] in continueStream() }
      } else {
        state = .writing(.close)
        stream.abandon()
      }
    } else if withBody, let content = response.content {
      state = .writing(.content(content, thenClose: !keepAlive))
    } else if withBody, response.body.count > Limits.joinedBody {
      state = .writing(.body(response.body, thenClose: !keepAlive))
    } else {
      if withBody { output.append(response.body.storage) }
      state = .writing(keepAlive ? .request : .close)
    }
    flush()
  }

  private func flush() {
    while case .writing(let next) = state {
      while written < output.count {
        switch IO.write(descriptor, output.storage, from: written) {
        case .bytes(let count):
          written += count
          deadline = loop.now + Limits.idle
        case .wouldBlock: return
        case .end, .failed: return finish()
        }
      }
      written = 0
      switch next {
      case .request:
        output = ByteBuffer(capacity: 0)
        awaitRequest()
      case .close: endWriting()
      case .body(let body, let thenClose):
        output = body
        state = .writing(thenClose ? .close : .request)
      case .content(let content, let thenClose):
        output = ByteBuffer(capacity: Limits.bodyPart)
        if content.remaining > 0 { content.read(into: output) } else { state = .writing(thenClose ? .close : .request) }
      case .stream(let stream, let isChunked):
        output = ByteBuffer(capacity: 0)
        guard take(stream, isChunked: isChunked) else { return }
      }
    }
  }

  // MARK: - Streams

  /// Takes what is next of a stream into `output`; false if there is nothing for now, or nothing more to do.
  private func take(_ stream: BodyStream, isChunked: Bool) -> Bool {
    if stream.pending.count > 0 {
      let part = stream.take()
      events = (hasClientEnded ? 0 : Poll.readable) | Poll.writable
      if isChunked {
        output = ByteBuffer(capacity: part.count + 16)
        output.appendChunk(part)
      } else {
        output = part
      }
      return true
    }
    guard stream.isEnded else {
      events = hasClientEnded ? 0 : Poll.readable
      deadline = Int64.max
      return false
    }
    if stream.isBroken {
      // without the last chunk: the client is to notice
      finish()
      return false
    }
    if isChunked { output.append("0\r\n\r\n") }
    state = .writing(.close)
    return true
  }

  private func continueStream() {
    if deadline == Int64.max { deadline = loop.now + Limits.idle }
    events |= Poll.writable
  }

  /// While a stream is sent, what the client sends is forgotten, but its end is heard.
  private func ready(_ happened: Int16, _ stream: BodyStream) {
    if happened & Poll.readable != 0, !hasClientEnded {
      switch IO.read(descriptor, appendingTo: &input, limit: Limits.readChunk) {
      case .bytes(let count):
        lingered += count
        if lingered > Limits.lingerBytes { return finish() }
      case .wouldBlock: break
      case .failed: return finish()
      case .end:
        if stream.isEndless { return finish() }
        hasClientEnded = true
        events &= ~Poll.readable
      }
      input.removeAll(keepingCapacity: true)
    }
    if happened & Poll.writable != 0 { return flush() }
    if happened & Poll.gone != 0 { finish() }
  }

  /// Ends our side and waits for the client to end its own: closing with unread input would take the answer back on TCP.
  private func endWriting() {
    Sockets.endWriting(descriptor)
    state = .lingering
    events = Poll.readable
    deadline = loop.now + Limits.linger
    input.removeAll()
  }

  private func finish() { isFinished = true }
}
