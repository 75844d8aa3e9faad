/// The one loop of the process: waits for every source with poll(2) and calls those that something happened to.
final class Loop {
  private var sources: [EventSource] = []
  private var poll = Poll()
  private var stopDeadline: Int64?
  /// `run` is over: what is added now would never be heard.
  private(set) var hasEnded = false
  /// Monotonic milliseconds, taken once a round.
  private(set) var now = Clock.monotonic()

  @inline(never)
  func add(_ source: EventSource) { sources.append(source) }

  /// Runs until `stop`, then until `isIdle` or the deadline for requests in flight.
  func run(isIdle: () -> Bool) {
    while true {
      if let stopDeadline, isIdle() || now >= stopDeadline { break }
      turn(until: stopDeadline ?? Int64.max)
    }
    hasEnded = true
    for source in sources { source.retire() }
    sources.removeAll()
  }

  func stop() {
    if stopDeadline == nil { stopDeadline = now + Limits.shutdown }
  }

  /// One round: wait for something to happen, at most until a time of `Clock.monotonic`, then handle it.
  func turn(until limit: Int64 = Int64.max) {
    poll.removeAll()
    var earliest = limit
    for source in sources {
      poll.add(source.isPaused ? -1 : source.descriptor, source.events)
      earliest = min(earliest, source.deadline)
    }
    now = Clock.monotonic()
    let timeout = earliest == Int64.max ? -1 : Int32(truncatingIfNeeded: max(0, min(earliest - now, 60_000)))
    let happened = poll.wait(timeout)
    now = Clock.monotonic()
    var last: [(source: EventSource, happened: Int16)] = []
    for index in sources.indices {
      let (source, event) = (sources[index], happened ? poll[index] : 0)
      if source.comesLast {
        last.append((source, event))
      } else {
        handle(source, event)
      }
    }
    sweep()
    for (source, event) in last { handle(source, event) }
    sweep()
    Process.wipeStack()
  }

  private func handle(_ source: EventSource, _ happened: Int16) {
    if happened != 0, !source.isFinished { source.ready(happened) }
    if source.deadline <= now, !source.isFinished { source.expired() }
  }

  private func sweep() {
    let finished = sources.filter { $0.isFinished }
    if finished.isEmpty { return }
    // before they leave: one that leaves may bring in another
    sources.removeAll { $0.isFinished }
    for source in finished { source.retire() }
  }
}
