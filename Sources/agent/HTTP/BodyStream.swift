/// The body of an answer, made while it is sent. Its producer stops while the reader does not keep up, so that a slow reader costs
/// no memory.
final class BodyStream {
  /// Whether the body has no end of its own: a reader that has ended its side is gone then.
  let isEndless: Bool
  /// What is made and not yet taken to be sent.
  private(set) var pending = ByteBuffer(capacity: 0)
  /// No more is made.
  private(set) var isEnded = false
  /// The body ended before its time, and the reader shall notice.
  private(set) var isBroken = false

  /// The server's: there is more to send, or the end has come.
  var changed: (() -> Void)?
  /// The producer's: all that was pending is taken, so there is room again.
  var drained: (() -> Void)?
  /// The producer's: nobody reads any more.
  var abandoned: (() -> Void)?

  init(isEndless: Bool) { self.isEndless = isEndless }

  /// The producer's to heed before it makes more: what it makes then is `Limits.streamPending` and what one read of its own source
  /// gives, at most.
  var isFull: Bool { pending.count >= Limits.streamPending }

  /// After more was written to `pending`.
  func flush() { if pending.count > 0 { changed?() } }

  func end(broken: Bool) {
    if isEnded { return }
    isEnded = true
    isBroken = broken
    // they hold the producer, which holds the stream
    (drained, abandoned) = (nil, nil)
    changed?()
  }

  /// What is to be sent next.
  func take() -> ByteBuffer {
    let taken = pending
    pending = ByteBuffer(capacity: 0)
    drained?()
    return taken
  }

  func abandon() {
    let call = abandoned
    (changed, drained, abandoned) = (nil, nil, nil)
    call?()
  }
}
