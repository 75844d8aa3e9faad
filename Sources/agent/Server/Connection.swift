/// One client: reads requests, hands them on and writes the answers in order. This file has its state and the loop's calls;
/// ConnectionReading reads, ConnectionWriting writes, and ConnectionStream sends answers of unknown length.
final class Connection: EventSource {
  /// What the connection is doing.
  enum State {
    /// Waiting for a request's first byte, or in the middle of its head.
    case head
    case body(Exchange)
    /// The request is with the handler.
    case waiting(Exchange)
    /// `output` is on its way.
    case writing(Next)
    /// The answer to a refused request is sent; what the client still sends is read and dropped, so that the answer is not lost.
    case lingering
  }

  /// What to do once `output` is sent.
  enum Next {
    case request
    case close
    case body(ByteBuffer, thenClose: Bool)
    /// The next part of a body of known length.
    case content(BodyReader, thenClose: Bool)
    /// More of the stream, chunked or raw.
    case stream(BodyStream, isChunked: Bool)
  }

  let listener: Listener
  let loop: Loop
  /// The loop's.
  let workbench: Workbench
  let handler: Listener.Handler
  let client: Caller
  /// When bytes were last read or written, in the loop's time.
  var lastProgress: Int64
  var state = State.head

  // Reading
  /// In `.head`: no byte of the request has arrived yet.
  var isFresh = true
  var parser = RequestParser()
  /// Bytes that have arrived and are not parsed yet.
  var input: [UInt8] = []
  /// In `.body`: what has arrived of it.
  var body = RequestBody(of: Request())
  /// Bytes reserved in the listener's `BodyRoom`.
  var heldBytes = 0
  var bodyDeadline: Int64 = 0

  // Writing
  /// What is still to be sent, from `written` on.
  var output = ByteBuffer(capacity: 0)
  var written = 0
  var pace = AnswerPace(from: 0)
  var lingered = 0
  /// While a stream is sent: the client has closed its sending side.
  var hasClientEnded = false

  /// Accepted by a listener. It waits for a request at once.
  init(
    _ descriptor: consuming Descriptor, of client: Caller, listener: Listener, loop: Loop, handler: @escaping Listener.Handler
  ) {
    self.listener = listener
    self.loop = loop
    workbench = loop.workbench
    self.handler = handler
    self.client = client
    lastProgress = loop.now
    super.init(descriptor)
    caller = client
    awaitRequest()
  }

  /// The caller at the other end; looked up only when somebody has to give way or wait.
  var peer: Peer { client.peer }

  /// Whether a request is being read or answered. An endless answer does not count.
  var isBusy: Bool {
    if case .head = state { return !input.isEmpty }
    if case .writing(.stream(let stream, _)) = state { return !stream.isEndless }
    return true
  }

  /// Its place in the listener's table or among the bodies, of which it takes `weight`. It yields first while it is idle or its request is incomplete; last while it is sent an answer, as
  /// long answers could hold the table forever; and only as a last resort while its request is being worked on.
  func place(_ weight: Int) -> Place {
    let yield: Place.Yield =
      switch state {
      case .head, .body, .lingering: .first
      case .writing: .last
      case .waiting: .atWorst
      }
    return Place(holder: peer, yield: yield, lastProgress: lastProgress, weight: weight)
  }

  /// Closes the connection at once, because others need what it holds.
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
    // only Poll.gone can have happened: the client has left
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
    // breaks the cycle: the exchange holds this connection
    state = .lingering
    client.leave()
    wipe(&input)
    workbench.wipeInput()
    forgetBody()
    listener.closed(self)
  }

  /// Closes the connection at the end of the round.
  func finish() { isFinished = true }
}
