/// The keeper's end of the channel to one front process, and that process's life.
final class FrontLink: ChannelEnd {
  /// Takes the answer to a question; only the first one counts, and none once the front is gone.
  final class Reply {
    private let link: FrontLink
    private let number: UInt32

    fileprivate init(_ link: FrontLink, _ number: UInt32) { (self.link, self.number) = (link, number) }

    func send(_ kind: KeeperMessage.Kind, _ data: [UInt8] = [], passing passed: OpenFile? = nil) {
      guard let index = link.open.firstIndex(of: number), !link.isFinished else { return }
      link.open.remove(at: index)
      link.send(ChannelMessage.encode(kind.rawValue, number, data), passing: passed)
    }

    func fail(_ error: AgentError) { send(.failure, [error.kind.rawValue] + error.text) }

    /// What has no bound goes in a file.
    func send(_ data: [UInt8]) throws(AgentError) {
      if data.count <= Limits.channelMessage / 2 { return send(.answer, data) }
      send(.file, passing: OpenFile(try SealedFile.make(data)))
    }
  }

  /// Answers a question; throws why there is no answer.
  typealias Handler = (FrontMessage, Reply) throws(AgentError) -> Void

  /// Something has come since the last ping.
  private(set) var isAlive = true

  /// pidfd_open(2): the number alone may be another's by now.
  private let process: Descriptor
  private let handler: Handler
  private let gone: () -> Void
  /// Requests that are not answered yet.
  private var open: [UInt32] = []
  private var isStopping = false
  private var hasCompose = false

  /// `handler` answers what the front asks; `gone` is called once, when it is no more.
  init(
    _ channel: OpenFile, _ process: consuming Descriptor, gone: @escaping () -> Void, _ handler: @escaping Handler
  ) {
    self.process = process
    self.handler = handler
    self.gone = gone
    super.init(channel.take(), takesDescriptors: false)
  }

  func ping() {
    isAlive = false
    send(ChannelMessage.encode(KeeperMessage.Kind.ping.rawValue, 0))
  }

  /// Asks the front to answer what is in flight, and to end.
  func stop() {
    isStopping = true
    send(ChannelMessage.encode(KeeperMessage.Kind.stop.rawValue, 0))
  }

  override func received(_ data: [UInt8], passed: OpenFile?) throws(AgentError) {
    let message = try FrontMessage(parsing: data)
    isAlive = true
    if message.question == .pong { return }
    guard open.count + backlog < Limits.channelRequests, !open.contains(message.number) else {
      throw .invalid("too much is asked at once")
    }
    if message.question == .compose {
      // which may be large, and stays as it is: copies that nobody reads would be the keeper's memory
      if hasCompose { throw .invalid("app-compose.json is asked for twice") }
      hasCompose = true
    }
    open.append(message.number)
    let reply = Reply(self, message.number)
    do throws(AgentError) { try handler(message, reply) } catch { reply.fail(error) }
  }

  override func ended(_ rule: AgentError?) {
    if let rule { Log.error(bytes("the front breaks a rule of the channel: ", rule.text)) }
    isFinished = true
  }

  override func release() {
    Process.kill(process)
    if !isStopping { Log.warning("the front is gone: the pages are away for a moment") }
    gone()
  }
}
