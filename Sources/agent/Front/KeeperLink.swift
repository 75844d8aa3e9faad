/// The keeper's answer to a question.
final class KeeperAnswer {
  /// A pipe that the answer comes through; nil if it came whole.
  let pipe: OpenFile?
  private let bytes: [UInt8]
  private let error: AgentError?

  init(_ bytes: [UInt8] = [], pipe: OpenFile? = nil, error: AgentError? = nil) {
    (self.bytes, self.pipe, self.error) = (bytes, pipe, error)
  }

  /// The answer. Throws the keeper's error.
  func data() throws(AgentError) -> [UInt8] {
    if let error { throw error }
    return bytes
  }
}

/// The front's end of the channel: asks the keeper, and answers its pings.
final class KeeperLink: ChannelEnd {
  /// Takes an answer.
  typealias Done = (KeeperAnswer) -> Void

  /// Called when the keeper wants the front to end, or is gone.
  var stopped: () -> Void = {}
  /// The channel has ended.
  private(set) var isGone = false
  private var waiting: [(number: UInt32, done: Done)] = []
  private var lastNumber: UInt32 = 0

  init(_ channel: consuming Descriptor) { super.init(channel, takesDescriptors: true) }

  /// `done` is called once, unless the channel ends first.
  func ask(_ question: Question, _ data: [UInt8] = [], _ done: @escaping Done) {
    guard waiting.count < Limits.channelRequests else {
      return done(KeeperAnswer(error: .unavailable("too many questions at present")))
    }
    lastNumber &+= 1
    waiting.append((lastNumber, done))
    send(ChannelMessage.encode(question.rawValue, lastNumber, data))
  }

  override func received(_ data: [UInt8], passed: OpenFile?) throws(AgentError) {
    let message = try KeeperMessage(parsing: data, passes: passed != nil)
    let answer: KeeperAnswer
    switch message.kind {
    case .ping: return send(ChannelMessage.encode(Question.pong.rawValue, 0))
    case .stop: return stopped()
    case .answer: answer = KeeperAnswer(message.data)
    case .failure: answer = KeeperAnswer(error: message.error)
    case .pipe: answer = KeeperAnswer(pipe: passed)
    case .file:
      guard let file = passed, let content = SealedFile.content(file, limit: Limits.channelFile) else {
        throw .invalid("a file is not sealed, or too long")
      }
      answer = KeeperAnswer(content)
    }
    guard let index = waiting.firstIndex(where: { $0.number == message.number }) else {
      throw .invalid("an answer without a question")
    }
    waiting.remove(at: index).done(answer)
  }

  override func ended(_ rule: AgentError?) {
    if let rule { Log.error(bytes("the keeper breaks a rule of the channel: ", rule.text)) }
    isGone = true
    isFinished = true
    stopped()
  }

  /// For an answer that makes no sense.
  static var nonsense: AgentError { .failed("the keeper's answer is malformed") }
}
