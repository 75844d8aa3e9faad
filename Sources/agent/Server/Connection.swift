/// One client: reads requests, hands them on, writes the answers in order.
final class Connection: EventSource {
  private enum State {
    /// Waiting for a request's first byte, or in the middle of its head.
    case head
    case body(Request)
    /// The request is with the handler.
    case waiting(Exchange)
    case writing(ByteBuffer, thenClose: Bool)
    /// The answer to a refused request is out; what the client still sends is read and forgotten, so that it gets the answer.
    case lingering
  }

  private let listener: Listener
  private let loop: Loop
  private let handler: Listener.Handler
  private var state = State.head
  /// In `.head`: nothing of a request has come yet.
  private var isFresh = true
  private var parser = RequestParser()
  private var input: [UInt8] = []
  private var bodyDeadline: Int64 = 0
  private var emptyLines = 0
  private var written = 0
  private var lingered = 0

  init(_ descriptor: Int32, listener: Listener, loop: Loop, handler: @escaping Listener.Handler) {
    self.listener = listener
    self.loop = loop
    self.handler = handler
    super.init(descriptor)
    awaitRequest()
  }

  /// Whether a request is being read or answered.
  var isBusy: Bool {
    if case .head = state { return !input.isEmpty }
    return true
  }

  override func ready(_ happened: Int16) {
    if case .waiting = state {
      // only Poll.gone can have happened: nobody waits for the answer any more
      return finish()
    }
    if case .writing = state { return flush() }
    if case .head = state, events == Poll.writable {
      events = Poll.readable
      return advance()
    }
    switch IO.read(descriptor, appendingTo: &input, limit: Limits.readChunk) {
    case .bytes(let count):
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
    if case .waiting(let exchange) = state { exchange.answered = nil }
    Sockets.close(descriptor)
    wipe(&input)
    listener.closed(self)
  }

  // MARK: - Reading

  private func awaitRequest() {
    state = .head
    isFresh = true
    emptyLines = 0
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
      input.removeFirst(empty)
      emptyLines += empty / 2
      if emptyLines > Limits.emptyLines { return refuse(.bad("too many empty lines before the request")) }
      do throws(HTTPError) {
        guard let (request, length) = try parser.head(input[...]) else { return }
        input.removeFirst(length)
        bodyDeadline = loop.now + Limits.bodyDeadline
        if request.expectsContinue, input.count < request.contentLength {
          _ = IO.write(descriptor, bytes("HTTP/1.1 100 Continue\r\n\r\n"), from: 0)
        }
        state = .body(request)
      } catch {
        return refuse(error)
      }
    }
    if case .body(var request) = state {
      guard input.count >= request.contentLength else {
        deadline = min(loop.now + Limits.idle, bodyDeadline)
        return
      }
      request.body = Array(input[..<request.contentLength])
      input.removeFirst(request.contentLength)
      dispatch(request)
    }
  }

  private func dispatch(_ request: Request) {
    let exchange = Exchange(request)
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
    let keepAlive = exchange.request.keepsAlive && !listener.isFinished
    send(response.serialized(keepAlive: keepAlive, withBody: exchange.request.method != .head), thenClose: !keepAlive)
  }

  private func refuse(_ error: HTTPError) {
    send(Response.error(error).serialized(keepAlive: false, withBody: true), thenClose: true)
  }

  private func send(_ answer: ByteBuffer, thenClose: Bool) {
    state = .writing(answer, thenClose: thenClose)
    written = 0
    events = Poll.writable
    flush()
  }

  private func flush() {
    guard case .writing(let answer, let thenClose) = state else { return }
    while written < answer.count {
      switch IO.write(descriptor, answer.storage, from: written) {
      case .bytes(let count):
        written += count
        deadline = loop.now + Limits.idle
      case .wouldBlock: return
      case .end, .failed: return finish()
      }
    }
    if thenClose { endWriting() } else { awaitRequest() }
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
