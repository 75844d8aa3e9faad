/// A container's log on its way from the engine to a reader. It is read from the engine no faster than the reader takes it.
final class LogRequest: EngineRequest {
  private let loop: Loop
  private let sink: LogSink
  private let follows: Bool
  private var frames: LogFrames
  private var start: ((AgentError?) -> Void)?
  private let done: () -> Void

  /// `start` is called once, when the log begins or with the error; `done` once, at the end.
  init(
    _ pipe: OpenFile, _ loop: Loop, follows: Bool, isFramed: Bool, sink: LogSink,
    start: @escaping (AgentError?) -> Void, done: @escaping () -> Void
  ) {
    self.loop = loop
    self.sink = sink
    self.follows = follows
    self.start = start
    self.done = done
    frames = LogFrames(isFramed: isFramed)
    super.init(pipe)
    // an engine may send nothing, not even a status, before the container writes something
    deadline = loop.now + (follows ? Limits.reading : Limits.engineAnswer)
    let stream = sink.stream
    stream.abandoned = { [self] in finish(nil) }
    stream.drained = { [self] in
      isPaused = false
      wait()
    }
  }

  override func answered(_ status: Int) {
    // Docker's status for a driver that sends the log elsewhere
    let refusal = status == 501 ? Container.unreadableLog : Self.refusal(status)
    if let refusal { finish(refusal) } else { begin() }
  }

  override func received(_ data: [UInt8]) {
    do throws(AgentError) {
      try frames.take(data, sink)
    } catch {
      return finish(error)
    }
    sink.stream.flush()
    if sink.stream.isFull {
      // `drained` resumes it; the server drops a reader that stops reading
      isPaused = true
      deadline = Int64.max
    } else {
      wait()
    }
  }

  override func expired() {
    guard follows else { return super.expired() }
    if start == nil { finish(nil) } else { begin() }
  }

  override func ended(_ error: AgentError?) {
    if let start {
      self.start = nil
      start(error ?? .failed("the container engine's answer is broken"))
    }
    if frames.isComplete { sink.finish() }
    sink.stream.end(broken: error != nil || !frames.isComplete)
    done()
  }

  private func begin() {
    wait()
    guard let start else { return }
    self.start = nil
    start(nil)
  }

  private func wait() { deadline = loop.now + (follows ? Limits.silentFollow : Limits.engineAnswer) }
}
