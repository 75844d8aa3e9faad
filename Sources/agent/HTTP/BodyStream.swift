/// An answer's body that is made while it is sent. The producer pauses while the reader lags, so a slow reader costs no memory.
final class BodyStream {
  /// Whether the body never ends by itself: then a reader that closes its sending side counts as gone.
  let isEndless: Bool
  /// Made, but not yet taken to be sent.
  private(set) var pending = ByteBuffer(capacity: 0)
  /// The producer has finished.
  private(set) var isEnded = false
  /// The body ended early, and the reader must notice.
  private(set) var isBroken = false

  /// Set by the server: there is more to send, or the body has ended.
  var changed: (() -> Void)?
  /// Set by the producer: everything pending was taken, so there is room again.
  var drained: (() -> Void)?
  /// Set by the producer: nobody reads any more.
  var abandoned: (() -> Void)?

  /// Empty so far.
  init(isEndless: Bool) { self.isEndless = isEndless }

  /// The producer must check this before it makes more, and so adds at most one read of its source to `Limits.streamPending`.
  var isFull: Bool { pending.count >= Limits.streamPending }

  /// Call after writing to `pending`.
  func flush() { if pending.count > 0 { changed?() } }

  /// The producer has finished. A body that is `broken` has ended early.
  func end(broken: Bool) {
    if isEnded { return }
    isEnded = true
    isBroken = broken
    // they retain the producer, which retains the stream
    (drained, abandoned) = (nil, nil)
    changed?()
  }

  /// Ends it early, so that another reader has room, and tells the producer.
  func cutOff() {
    let call = abandoned
    end(broken: true)
    call?()
  }

  /// Takes what to send next.
  func take() -> ByteBuffer {
    let taken = pending
    pending = ByteBuffer(capacity: 0)
    drained?()
    return taken
  }

  /// The server no longer sends: tells the producer.
  func abandon() {
    let call = abandoned
    (changed, drained, abandoned) = (nil, nil, nil)
    call?()
  }
}
