// Sending an answer of unknown length as it is made.

extension Connection {
  /// Moves the stream's next part into `output`; false if there is none yet, or nothing more to do.
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
      // no last chunk, so that the client notices
      finish()
      return false
    }
    // starts over, because the stream may have taken long
    pace = AnswerPace(from: loop.now)
    output = ByteBuffer(capacity: 0)
    if isChunked { output.append("0\r\n\r\n") }
    state = .writing(.close)
    return true
  }

  /// The stream has more to send, or has ended.
  func continueStream() {
    if deadline == Int64.max { deadline = loop.now + Limits.idle }
    events |= Poll.writable
  }

  /// While a stream is sent, drops what the client sends but notices when it closes its side.
  func ready(_ happened: Int16, _ stream: BodyStream) {
    if happened & Poll.readable != 0, !hasClientEnded {
      switch workbench.receive(from: descriptor) {
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
