/// One end of the channel between keeper and front. A message has at most `Limits.channelMessage` bytes, and may carry a descriptor.
class ChannelEnd: EventSource {
  private var outgoing: [(message: [UInt8], passed: OpenFile?)] = []
  /// Whether messages that arrive may carry a descriptor.
  private let takesDescriptors: Bool

  init(_ descriptor: consuming Descriptor?, takesDescriptors: Bool) {
    self.takesDescriptors = takesDescriptors
    super.init(descriptor)
    events = Poll.readable
    isQuiet = true
  }

  /// Messages that the other end has had no room for yet.
  final var backlog: Int { outgoing.count }

  /// Sends a message now, or when the other end has room.
  final func send(_ message: [UInt8], passing passed: OpenFile? = nil) {
    outgoing.append((message, passed))
    flush()
  }

  /// A message has arrived. Throws if it breaks a rule of the channel.
  func received(_ message: [UInt8], passed: OpenFile?) throws(AgentError) {}

  /// No more messages come: the other end broke `rule`, or is closed if that is nil.
  func ended(_ rule: AgentError?) { isFinished = true }

  /// Takes one message per round of the loop, so that a flood of messages delays nobody.
  override func ready(_ happened: Int16) {
    if happened & Poll.writable != 0 { flush() }
    guard happened & ~Poll.writable != 0 else { return }
    switch PacketSocket.receive(descriptor, limit: Limits.channelMessage, mayPass: takesDescriptors) {
    case .message(let message, let passed):
      do throws(AgentError) { try received(message, passed: passed) } catch { ended(error) }
    case .none: break
    case .end: ended(nil)
    case .tooLong: ended(.invalid("a message is too long"))
    case .passesTooMuch: ended(.invalid("a descriptor was passed"))
    }
  }

  private func flush() {
    while let first = outgoing.first {
      if case .wouldBlock = PacketSocket.send(descriptor, first.message, passing: first.passed?.number ?? -1) { break }
      // if the other end is gone, the next read says so
      outgoing.removeFirst()
    }
    events = outgoing.isEmpty ? Poll.readable : Poll.readable | Poll.writable
  }
}
