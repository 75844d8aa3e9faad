// Reading requests.

extension Connection {
  /// Waits for the next request, which may have arrived already.
  func awaitRequest() {
    state = .head
    isFresh = true
    deadline = loop.now + Limits.idle
    if input.isEmpty {
      events = Poll.readable
    } else {
      // a pipelined request waits for the next round, so that no client holds up the others; the descriptor is writable at once
      events = Poll.writable
      beginHead()
    }
  }

  /// The first byte of a request has arrived, or of an empty line before it; later bytes do not extend the deadline.
  private func beginHead() {
    isFresh = false
    deadline = loop.now + Limits.headDeadline
  }

  /// Reads once: into the workbench's buffer, or after what an earlier read left in `input`.
  func read() {
    let result =
      input.isEmpty
      ? workbench.receive(from: descriptor)
      : IO.read(descriptor, appendingTo: &input, limit: max(1, Limits.readChunk - input.count))
    switch result {
    case .bytes(let count):
      lastProgress = loop.now
      if case .lingering = state {
        lingered += count
        if lingered > Limits.lingerBytes { finish() }
      } else if !input.isEmpty {
        takeInput()
      } else if case .head = state, workbench.hasRepetition(count) {
        dispatch()
      } else {
        take(workbench.input[..<count])
      }
    case .end:
      // no read while an answer is due, so a client that closes its sending side still gets its answer
      finish()
    case .wouldBlock:
      break
    case .failed:
      finish()
    }
  }

  /// Parses what is in `input`.
  func takeInput() {
    let all = input
    input = []
    take(all[...])
  }

  /// Parses what has arrived, up to the end of one request, and hands that on. Keeps the rest for later.
  private func take(_ all: ArraySlice<UInt8>) {
    do throws(HTTPError) {
      let (taken, isWhole) = try takeRequest(all)
      if taken < all.count { input = Array(all.dropFirst(taken)) }
      if isWhole { return dispatch() }
    } catch {
      return refuse(error)
    }
    if case .head = state, isFresh { beginHead() }
  }

  /// How many of the bytes belong to the request being read, and whether it is now complete.
  private func takeRequest(_ all: ArraySlice<UInt8>) throws(HTTPError) -> (taken: Int, isWhole: Bool) {
    if case .body = state {
      let taken = try takeBody(all)
      if !body.isComplete { deadline = min(loop.now + Limits.idle, bodyDeadline) }
      return (taken, body.isComplete)
    }
    var at = all.startIndex
    // RFC 9112 §2.2: empty lines before a request are ignored
    while at + 1 < all.endIndex, all[at] == 0x0d, all[at + 1] == 0x0a {
      at += 2
      // the old parser's scan began at the dropped line
      parser = RequestParser()
    }
    let exchange = workbench.exchange
    // two calls: choosing between two slices would copy one
    let begun =
      try at == all.startIndex
      ? parser.read(all, into: &exchange.request) : parser.read(all[at...], into: &exchange.request)
    guard let length = begun else { return (at - all.startIndex, false) }
    at += length
    let size = exchange.request.contentLength
    if !exchange.request.isChunked, size <= all.endIndex - at {
      let taken = at + size - all.startIndex
      exchange.request.take(all.span.extracting(taken - size..<taken))
      return (taken, true)
    }
    workbench.replaceExchange()
    exchange.request.body = []
    state = .body(exchange)
    body = RequestBody(of: exchange.request)
    bodyDeadline = loop.now + Limits.bodyDeadline
    at += try takeBody(all[at...])
    if !body.isComplete {
      deadline = min(loop.now + Limits.idle, bodyDeadline)
      if exchange.request.expectsContinue { _ = IO.write(descriptor, bytes("HTTP/1.1 100 Continue\r\n\r\n"), from: 0) }
    }
    return (at - all.startIndex, body.isComplete)
  }

  /// Takes what has arrived of a body, and reserves room for the length known so far.
  private func takeBody(_ rest: ArraySlice<UInt8>) throws(HTTPError) -> Int {
    let taken = try body.take(rest)
    let counted = max(0, body.announced - Limits.smallBody)
    guard listener.room.hold(counted - heldBytes, for: self) else {
      throw HTTPError(.unavailable, "too many large requests are in progress")
    }
    heldBytes = counted
    return taken
  }

  /// Drops what has arrived of a body, and gives its room back.
  func forgetBody() {
    if heldBytes == 0, body.isEmpty { return }
    body = RequestBody(of: Request())
    listener.room.giveBack(heldBytes, of: self)
    heldBytes = 0
  }

  /// Hands on the complete request.
  private func dispatch() {
    if case .body(let exchange) = state {
      exchange.request.body = body.data
      body = RequestBody(of: Request())
      return dispatch(exchange)
    }
    dispatch(workbench.exchange)
    workbench.reuseExchange()
  }

  private func dispatch(_ exchange: Exchange) {
    exchange.begin(for: client)
    handler(exchange)
    if exchange.response != nil { return reply(exchange) }
    state = .waiting(exchange)
    events = 0
    deadline = Int64.max
    exchange.answered = { [self] in reply(exchange) }
  }
}
