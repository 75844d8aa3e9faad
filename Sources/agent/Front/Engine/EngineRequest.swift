/// The answer to a GET of the Docker Engine API, read from the pipe that the keeper's `EngineRelay` fills. The engine is not
/// trusted: whatever it answers, memory is bounded. Subclasses take the answer.
class EngineRequest: EventSource {
  fileprivate final var parser = ResponseParser()

  /// The relay's own first byte has arrived: an engine listens.
  private var isConnected = false

  /// `pipe` is the end to read from.
  init(_ pipe: OpenFile) {
    super.init(pipe.take())
    events = Poll.readable
  }

  // MARK: - The answer

  /// The answer's status; called once.
  func answered(_ status: Int) {}

  /// The error that a status stands for; nil for 200.
  static func refusal(_ status: Int) -> AgentError? {
    switch status {
    case 200: nil
    case 404: .notFound("there is no such container")
    default: .failed("the container engine refuses", code: Int32(truncatingIfNeeded: status))
    }
  }

  /// The next bytes of the body.
  func received(_ data: [UInt8]) {}

  /// The answer is complete, or broke off. Called once, as the last call.
  func ended(_ error: AgentError?) {}

  /// Ends the request. The rest of the answer, if any, is dropped.
  final func finish(_ error: AgentError?) {
    if isFinished { return }
    isFinished = true
    ended(error)
  }

  // MARK: - The pipe

  override func ready(_ happened: Int16) {
    var input: [UInt8] = []
    switch IO.read(descriptor, appendingTo: &input, limit: Limits.readChunk) {
    case .bytes:
      if !isConnected, input.removeFirst() != EngineRequestLine.connected {
        return finish(.unavailable("no container engine answers"))
      }
      isConnected = true
      take(input)
    case .wouldBlock: break
    case .failed: finish(Self.broken)
    case .end: finish((try? parser.end()) == nil ? Self.broken : nil)
    }
  }

  override func expired() { finish(.unavailable("the container engine does not answer")) }

  override func release() {
    // the loop is stopping
    finish(.unavailable("the agent is stopping"))
  }

  private func take(_ input: [UInt8]) {
    let hadHead = parser.hasHead
    var body: [UInt8] = []
    let isBroken = (try? parser.take(ArraySource(input), input.count) { body += input[$0] }) == nil
    // what came before the fault is still passed on
    if parser.hasHead, !hadHead { answered(parser.status) }
    if !body.isEmpty, !isFinished { received(body) }
    if isBroken || parser.isComplete { finish(isBroken ? Self.broken : nil) }
  }

  private static var broken: AgentError { .failed("the container engine's answer is broken") }
}

/// A request whose answer is needed whole.
final class EngineCall: EngineRequest {
  private let limit: Int
  private let done: (Result<[UInt8], AgentError>) -> Void
  private var data: [UInt8] = []

  /// `done` is called once, with a body of at most `limit` bytes or an error: `.notFound` if the engine says so.
  init(
    _ pipe: OpenFile, limit: Int, deadline: Int64, done: @escaping (Result<[UInt8], AgentError>) -> Void
  ) {
    self.limit = limit
    self.done = done
    super.init(pipe)
    self.deadline = deadline
  }

  override func received(_ part: [UInt8]) {
    if part.count > limit - data.count {
      let isList = limit == Limits.containerList
      return finish(
        .failed(isList ? "the container engine's answer is more than 1 MiB" : "the container engine's answer is too large"))
    }
    do throws(AgentError) { try Memory.require(2 * (data.count + part.count)) } catch { return finish(error) }
    data += part
  }

  override func ended(_ error: AgentError?) {
    if let failure = error ?? Self.refusal(parser.status) { done(.failure(failure)) } else { done(.success(data)) }
  }
}
