/// The keeper's end of the channel to one front process, which is killed when this end goes.
final class FrontLink: ChannelEnd {
  /// Takes the answer to a question. Only the first one counts, and none once the front is gone.
  final class Reply {
    private let link: FrontLink
    private let number: UInt32

    fileprivate init(_ link: FrontLink, _ number: UInt32) { (self.link, self.number) = (link, number) }

    /// Sends the answer.
    func send(_ kind: KeeperMessage.Kind, _ data: [UInt8] = [], passing passed: OpenFile? = nil) {
      guard let index = link.open.firstIndex(of: number), !link.isFinished else { return }
      link.open.remove(at: index)
      link.send(ChannelMessage.encode(kind.rawValue, number, data), passing: passed)
    }

    /// Sends why there is no answer.
    func fail(_ error: AgentError) { send(.failure, [error.kind.rawValue] + error.text) }

    /// Sends an answer of any size, a large one in a sealed file.
    func send(_ data: [UInt8]) throws(AgentError) {
      if data.count <= Limits.channelMessage / 2 { return send(.answer, data) }
      send(.file, passing: OpenFile(try SealedFile.make(data)))
    }
  }

  /// Answers a question; throws why there is no answer.
  typealias Handler = (FrontMessage, Reply) throws(AgentError) -> Void

  /// Whether anything has arrived since the last ping.
  private(set) var isAlive = true

  /// From pidfd_open(2), because the process ID may be reused.
  private let process: Descriptor
  private let handler: Handler
  private let gone: () -> Void
  /// Questions not answered yet.
  private var open: [UInt32] = []
  private var isStopping = false
  private var hasCompose = false

  /// `handler` answers the front's questions; `gone` is called once, when the front is gone.
  init(
    _ channel: OpenFile, _ process: consuming Descriptor, gone: @escaping () -> Void, _ handler: @escaping Handler
  ) {
    self.process = process
    self.handler = handler
    self.gone = gone
    super.init(channel.take(), takesDescriptors: false)
  }

  /// Asks the front for a sign of life.
  func ping() {
    isAlive = false
    send(ChannelMessage.encode(KeeperMessage.Kind.ping.rawValue, 0))
  }

  /// Asks the front to answer what is in flight and to end.
  func stop() {
    isStopping = true
    send(ChannelMessage.encode(KeeperMessage.Kind.stop.rawValue, 0))
  }

  override func received(_ data: [UInt8], passed: OpenFile?) throws(AgentError) {
    let message = try FrontMessage(parsing: data)
    isAlive = true
    if message.question == .pong { return }
    guard open.count + backlog < Limits.channelRequests, !open.contains(message.number) else {
      throw .invalid("too many questions at once")
    }
    if message.question == .compose {
      // it may be large, and never changes: copies that nobody reads would fill the keeper's memory
      if hasCompose { throw .invalid("app-compose.json was asked for twice") }
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
    if !isStopping { Log.warning("the front ended: pages are unavailable for a moment") }
    gone()
  }
}
