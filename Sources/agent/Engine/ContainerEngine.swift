/// The Docker Engine API of this guest.
final class ContainerEngine {
  typealias Answer = (Result<ContainerList, AgentError>) -> Void

  private let address: [UInt8]
  private let loop: Loop
  private var kept: Result<ContainerList, AgentError>?
  private var expiry = Int64.min
  private var waiting: [Answer] = []
  private var followers = 0

  /// `address` is the path of the engine's socket.
  init(_ address: [UInt8], _ loop: Loop) {
    self.address = address
    self.loop = loop
  }

  /// All containers, also those that do not run. The engine is asked once a second at most, however many want to know.
  func list(_ answer: @escaping Answer) {
    if let kept, loop.now < expiry { return answer(kept) }
    waiting.append(answer)
    if waiting.count > 1 { return }
    call(bytes("/containers/json?all=1")) { [self] result in
      let list = Result { () throws(AgentError) in try ContainerList(result.get()) }
      kept = list
      expiry = loop.now + Limits.reading
      let answers = waiting
      waiting = []
      for answer in answers { answer(list) }
    }
  }

  /// Sends a container's log to `sink`; without one only looks whether there is such a container. `start` is called once: when the
  /// log begins, or with what is wrong. The name consists of what `Container.isName` allows.
  func log(_ name: [UInt8], _ selection: LogSelection, to sink: LogSink?, start: @escaping (AgentError?) -> Void) {
    if selection.follows {
      guard followers < Limits.followers else { return start(.unavailable("too many follow logs at present")) }
      followers += 1
    }
    let target = bytes("/containers/") + name
    let done = { [self] in if selection.follows { followers -= 1 } }
    // only this tells whether the log has frames, and whether there is any
    call(target + bytes("/json")) { [self] result in
      do throws(AgentError) {
        let isFramed = try Container.hasFrames(result.get())
        guard let sink else {
          done()
          return start(nil)
        }
        let log = target + bytes("/logs?") + selection.query
        loop.add(
          try LogRequest(
            address, log, loop, follows: selection.follows, isFramed: isFramed, sink: sink, start: start, done: done))
      } catch {
        done()
        start(error)
      }
    }
  }

  /// The engine's answer to a GET, at most `limit` bytes and within `Limits.engineAnswer`. `target` is a path with its
  /// query, of our making. `.notFound` where the engine says so.
  func call(
    _ target: [UInt8], limit: Int = Limits.containerList, _ done: @escaping (Result<[UInt8], AgentError>) -> Void
  ) {
    do throws(AgentError) {
      loop.add(
        try EngineCall(
          address, target, limit: limit, deadline: loop.now + Limits.engineAnswer, done: done))
    } catch {
      done(.failure(error))
    }
  }
}
