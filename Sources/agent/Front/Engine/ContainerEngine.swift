/// This guest's Docker Engine API, as far as the keeper relays it. Programs that process 1 started are listed with the
/// containers.
final class ContainerEngine {
  /// Takes a list, or what is wrong.
  typealias Answer = (Result<ContainerList, AgentError>) -> Void

  private let keeper: KeeperLink
  let loop: Loop
  let programs: Programs
  /// Of logs of containers, and of logs of programs that are followed.
  let readers = LogReaders()
  private var kept: Result<ContainerList, AgentError>?
  private var expiry = Int64.min
  private var waiting: [Answer] = []

  init(_ keeper: KeeperLink, _ loop: Loop, _ programs: Programs) {
    self.keeper = keeper
    self.loop = loop
    self.programs = programs
  }

  /// All containers, running or not. The engine is asked once a second at most, however many requests want the list.
  func list(_ answer: @escaping Answer) {
    if let kept, loop.now < expiry { return give(kept, answer) }
    waiting.append(answer)
    if waiting.count > 1 { return }
    call(.list) { [self] result in
      let list = programs.put(
        before: Result { () throws(AgentError) in
          let text = try result.get()
          try Memory.require(Limits.listFactor * text.count)
          return try ContainerList(text)
        })
      kept = list
      expiry = loop.now + Limits.reading
      let answers = waiting
      waiting = []
      for answer in answers { give(list, answer) }
    }
  }

  /// Passes a list on if there is memory for an answer with it.
  private func give(_ list: Result<ContainerList, AgentError>, _ answer: Answer) {
    answer(
      Result { () throws(AgentError) in
        let list = try list.get()
        try Memory.require(list.memory)
        return list
      })
  }

  /// Sends a container's log to `sink`; without one, only checks whether there is such a container. `start` is called once: when
  /// the log begins, or with the error. The name must satisfy `EngineRequestLine.isName`.
  func log(
    _ name: [UInt8], _ selection: LogSelection, to sink: LogSink?, for peer: Peer, start: @escaping (AgentError?) -> Void
  ) {
    let done = { [readers] in
      if let sink { readers.remove(sink.stream) }
    }
    if let sink {
      do throws(AgentError) { try readers.add(sink.stream, for: peer) } catch { return start(error) }
    }
    // only the inspection says whether there is such a log, and whether it has frames
    call(.logInspection, name) { [self] result in
      do throws(AgentError) {
        let isFramed = try Container.hasFrames(result.get())
        guard let sink else {
          done()
          return start(nil)
        }
        keeper.ask(.log, selection.encoded + name) { [loop] answer in
          do throws(AgentError) {
            loop.add(
              LogRequest(
                try Self.pipe(answer), loop, follows: selection.follows, isFramed: isFramed, sink: sink, start: start,
                done: done))
          } catch {
            done()
            start(error)
          }
        }
      } catch {
        done()
        start(error)
      }
    }
  }

  /// Passes on the engine's answer, of at most `limit` bytes and within `Limits.engineAnswer`. `.notFound` if the engine says so.
  func call(
    _ question: Question, _ data: [UInt8] = [], limit: Int = Limits.containerList,
    _ done: @escaping (Result<[UInt8], AgentError>) -> Void
  ) {
    keeper.ask(question, data) { [loop] answer in
      do throws(AgentError) {
        loop.add(EngineCall(try Self.pipe(answer), limit: limit, deadline: loop.now + Limits.engineAnswer, done: done))
      } catch {
        done(.failure(error))
      }
    }
  }

  /// The pipe that the engine's answer comes through.
  private static func pipe(_ answer: KeeperAnswer) throws(AgentError) -> OpenFile {
    _ = try answer.data()
    guard let pipe = answer.pipe else { throw KeeperLink.nonsense }
    return pipe
  }
}
