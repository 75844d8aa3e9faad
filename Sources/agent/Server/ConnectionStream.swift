// An answer whose end is not known is sent as it is made.

extension Connection {
  /// Takes what is next of a stream into `output`; false if there is nothing for now, or nothing more to do.
  func take(_ stream: BodyStream, isChunked: Bool) -> Bool {
    if stream.pending.count > 0 {
      let part = stream.take()
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
    // it may have been a long time
    pace = AnswerPace(from: loop.now)
    output = ByteBuffer(capacity: 0)
    if isChunked { output.append("0\r\n\r\n") }
    state = .writing(.close)
    return true
  }

  func continueStream() {
    if deadline == Int64.max { deadline = loop.now + Limits.idle }
    events |= Poll.writable
  }

  /// While a stream is sent, what the client sends is forgotten, but its end is heard.
  func ready(_ happened: Int16, _ stream: BodyStream) {
    if happened & Poll.readable != 0, !hasClientEnded {
      switch IO.read(descriptor, into: &loop.workbench.input) {
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
    }
    if happened & Poll.writable != 0 { return flush() }
    if happened & Poll.gone != 0 { finish() }
  }
}
