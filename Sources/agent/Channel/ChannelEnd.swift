/// An end of the channel: messages of `Limits.channelMessage` bytes at most, with a descriptor at times. Subclasses take what comes.
class ChannelEnd: EventSource {
  private var outgoing: [(message: [UInt8], passed: OpenFile?)] = []
  /// Whether a descriptor may come with a message.
  private let takesDescriptors: Bool

  init(_ descriptor: consuming Descriptor?, takesDescriptors: Bool) {
    self.takesDescriptors = takesDescriptors
    super.init(descriptor)
    events = Poll.readable
  }

  /// Messages that the other end has had no room for yet.
  final var backlog: Int { outgoing.count }

  final func send(_ message: [UInt8], passing passed: OpenFile? = nil) {
    outgoing.append((message, passed))
    flush()
  }

  /// A message has come. Throws which rule it breaks.
  func received(_ message: [UInt8], passed: OpenFile?) throws(AgentError) {}

  /// There are no more messages: `rule` was broken, or the other end is closed.
  func ended(_ rule: AgentError?) { isFinished = true }

  /// One message a round, so that nobody else waits for the others.
  override func ready(_ happened: Int16) {
    if happened & Poll.writable != 0 { flush() }
    guard happened & ~Poll.writable != 0 else { return }
    switch PacketSocket.receive(descriptor, limit: Limits.channelMessage, mayPass: takesDescriptors) {
    case .message(let message, let passed):
      do throws(AgentError) { try received(message, passed: passed) } catch { ended(error) }
    case .none: break
    case .end: ended(nil)
    case .tooLong: ended(.invalid("a message is too long"))
    case .passesTooMuch: ended(.invalid("a descriptor is passed"))
    }
  }

  private func flush() {
    while let first = outgoing.first {
      if case .wouldBlock = PacketSocket.send(descriptor, first.message, passing: first.passed?.number ?? -1) { break }
      // where the other end is gone, reading tells
      outgoing.removeFirst()
    }
    events = outgoing.isEmpty ? Poll.readable : Poll.readable | Poll.writable
  }
}
