// Writing answers.

extension Connection {
  /// Sends the answer to a request.
  func reply(_ exchange: Exchange) {
    exchange.answered = nil
    guard let response = exchange.response else { return }
    // field by field, so that the request is not copied
    send(
      response, minorVersion: exchange.request.minorVersion,
      keepAlive: exchange.request.keepsAlive && !listener.isFinished, withBody: exchange.request.method != .head)
  }

  /// Answers a request refused at the HTTP level, and closes the connection.
  func refuse(_ error: HTTPError) { send(Response.error(error), minorVersion: 1, keepAlive: false, withBody: true) }

  private func send(_ response: Response, minorVersion: Int, keepAlive: Bool, withBody: Bool) {
    listener.count(response, client: descriptor)
    forgetBody()
    pace = AnswerPace(from: loop.now)
    if keepAlive, withBody, listener.fields.isEmpty, !response.whole.isEmpty {
      wasBrief = true
      if write(response.whole) { return awaitRequest() }
      state = .writing(.request)
    } else {
      begin(response, minorVersion: minorVersion, keepAlive: keepAlive, withBody: withBody)
    }
    if !isFinished { flush() }
  }

  private func begin(_ response: Response, minorVersion: Int, keepAlive: Bool, withBody: Bool) {
    let first = workbench.output
    response.writeHead(to: first, keepAlive: keepAlive, minorVersion: minorVersion, fields: listener.fields)
    if let stream = response.stream {
      if withBody {
        state = .writing(.stream(stream, isChunked: minorVersion > 0))
        stream.changed = { [self] in continueStream() }
        deadline = loop.now + Limits.idle
      } else {
        state = .writing(.close)
        stream.abandon()
      }
    } else if withBody, let content = response.content {
      state = .writing(.content(content, thenClose: !keepAlive))
    } else if withBody, response.body.count > Limits.joinedBody {
      state = .writing(.body(response.body, thenClose: !keepAlive))
    } else {
      if withBody { first.append(response.body.storage) }
      state = .writing(keepAlive ? .request : .close)
    }
    write(first.storage)
    first.clear()
  }

  /// Writes as much of an answer's beginning as the kernel takes, and keeps the rest. Returns whether it took everything.
  @discardableResult
  private func write(_ first: [UInt8]) -> Bool {
    var sent = 0
    switch IO.write(descriptor, first, from: 0) {
    case .bytes(let count): sent = count
    case .wouldBlock: break
    case .end, .failed:
      finish()
      return false
    }
    pace.note(sent, at: loop.now)
    if sent == first.count { return true }
    output = ByteBuffer(capacity: first.count - sent)
    output.append(first[sent...])
    return false
  }

  /// Writes as much as the kernel takes, at most `Limits.partsInRound` parts and no further one once the round's time is over, so that
  /// others get their turn. The time matters where parts take long to make: 8 KiB of a certificate can hold 450 events.
  func flush() {
    var parts = 0
    while case .writing(let next) = state {
      if written == output.count {
        if parts == Limits.partsInRound || parts > 0 && loop.isOver {
          hasMore = true
          return awaitReader()
        }
        guard follow(next) else { return }
        continue
      }
      parts += 1
      switch IO.write(descriptor, output.storage, from: written) {
      case .bytes(let count):
        written += count
        lastProgress = loop.now
        pace.note(count, at: loop.now)
        if case .stream = next { deadline = loop.now + Limits.idle }
        if written < output.count { return awaitReader() }
      case .wouldBlock: return awaitReader()
      case .end, .failed: return finish()
      }
    }
  }

  private func awaitReader() {
    if case .writing(.stream) = state {
      events = (hasClientEnded ? 0 : Poll.readable) | Poll.writable
    } else {
      events = Poll.writable
      deadline = pace.deadline
    }
  }

  /// `output` is sent: starts what follows; false if there is nothing to write for now, or nothing more to do.
  private func follow(_ next: Next) -> Bool {
    written = 0
    if output.count > 0 { output = ByteBuffer(capacity: 0) }
    switch next {
    case .request:
      awaitRequest()
      return false
    case .close:
      endWriting()
      return false
    case .body(let body, let thenClose):
      output = body
      state = .writing(thenClose ? .close : .request)
    case .content(let content, let thenClose):
      guard content.remaining > 0 else {
        state = .writing(thenClose ? .close : .request)
        return true
      }
      output = ByteBuffer(capacity: Limits.bodyPart)
      content.read(into: output)
    case .stream(let stream, let isChunked): return take(stream, isChunked: isChunked)
    }
    return true
  }

  /// Shuts down our side and waits for the client to close its own: on TCP, closing with unread input would discard the answer.
  private func endWriting() {
    Sockets.endWriting(descriptor)
    state = .lingering
    events = Poll.readable
    deadline = loop.now + Limits.linger
    input.removeAll()
  }
}
