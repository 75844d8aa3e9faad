/// One client: reads requests, hands them on, writes the answers in order. Here is what it is and what the loop tells it; it reads in
/// ConnectionReading, writes in ConnectionWriting, and ConnectionStream sends what has no end that is known.
final class Connection: EventSource {
  enum State {
    /// Waiting for a request's first byte, or in the middle of its head.
    case head
    case body(Exchange)
    /// The request is with the handler.
    case waiting(Exchange)
    /// `output` is on its way.
    case writing(Next)
    /// The answer to a refused request is out; what the client still sends is read and forgotten, so that it gets the answer.
    case lingering
  }

  /// What follows when `output` is out.
  enum Next {
    case request
    case close
    case body(ByteBuffer, thenClose: Bool)
    /// The next part of the body.
    case content(BodyReader, thenClose: Bool)
    /// More of the stream, in chunks or as it is.
    case stream(BodyStream, isChunked: Bool)
  }

  let listener: Listener
  let loop: Loop
  let handler: Listener.Handler
  let client: Caller
  /// When something was read or written last, by the loop's time.
  var lastProgress: Int64
  var state = State.head

  // Reading
  /// In `.head`: nothing of a request has come yet.
  var isFresh = true
  var parser = RequestParser()
  /// What has come and is not yet used.
  var input: [UInt8] = []
  /// In `.body`: what has come of it.
  var body = RequestBody(of: Request())
  /// What there is room held for.
  var heldBytes = 0
  var bodyDeadline: Int64 = 0

  // Writing
  /// What the kernel had no room for.
  var output = ByteBuffer(capacity: 0)
  var written = 0
  var pace = AnswerPace(from: 0)
  var lingered = 0
  /// While a stream is sent: the client has ended its side.
  var hasClientEnded = false

  init(_ descriptor: consuming Descriptor, listener: Listener, loop: Loop, handler: @escaping Listener.Handler) {
    self.listener = listener
    self.loop = loop
    self.handler = handler
    client = Caller(on: descriptor.number)
    lastProgress = loop.now
    super.init(descriptor)
    caller = client
    awaitRequest()
  }

  /// Who is at the other end; looked up when somebody has to give way or to wait.
  var peer: Peer { client.peer }

  /// Whether a request is being read or answered. An endless answer does not count.
  var isBusy: Bool {
    if case .head = state { return !input.isEmpty }
    if case .writing(.stream(let stream, _)) = state { return !stream.isEndless }
    return true
  }

  /// Its place among the others. It gives way while it is idle, or what it sends is not whole yet; else while it takes a long answer, as
  /// these could fill a table for good; and while it waits for its answer, if that fills the table.
  var place: Place {
    let yield: Place.Yield =
      switch state {
      case .head, .body, .lingering: .first
      case .writing: .last
      case .waiting: .atWorst
      }
    return Place(holder: peer, yield: yield, lastProgress: lastProgress)
  }

  /// Closes it at once, as others need what it holds.
  func giveWay() {
    forgetBody()
    finish()
  }

  override func ready(_ happened: Int16) {
    switch state {
    case .head where events == Poll.writable:
      events = Poll.readable
      takeInput()
    case .head, .body, .lingering: read()
    // only Poll.gone can have happened: nobody waits for the answer any more
    case .waiting: finish()
    case .writing(.stream(let stream, _)): ready(happened, stream)
    case .writing: flush()
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
    client.leave()
    wipe(&input)
    loop.workbench.wipeInput()
    forgetBody()
    listener.closed(self)
  }

  func finish() { isFinished = true }
}
