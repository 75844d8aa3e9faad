/// The process's one event loop: waits with poll(2) and calls the sources that are ready. When a round has used up its time, the sources
/// that are left wait for the next one, in which callers take turns.
final class Loop {
  private var sources: [EventSource] = []
  private var quiet: QuietSet
  /// The quiet set, and an entry for each source with a descriptor; that of a quiet one waits for nothing.
  private var poll = Poll()
  /// The source of each entry of `poll` but the first.
  private var watched: [EventSource] = []
  private var rota = Rota()
  /// The last round ran out of time with sources left.
  private var isCrowded = false
  /// Many sources were ready in the last round, so more may be by now. poll(2) costs the kernel less if it need not wait.
  private var isBusy = false
  /// The ready sources that come last.
  private var last: [EventSource] = []
  /// No deadline is earlier.
  private var earliest = Int64.max
  private var hasFinished = false
  private var stopDeadline: Int64?
  private let clock: () -> Int64
  /// When this round began, in microseconds of the clock.
  private var beginning: Int64
  /// The longest round in microseconds, without the wait. Rounds of a few brief calls are not measured.
  private(set) var longestRound: Int64 = 0
  /// `run` is over: a source added now would never be called.
  private(set) var hasEnded = false
  /// Monotonic milliseconds, read once a round.
  private(set) var now: Int64
  let workbench = Workbench()

  /// `clock` returns microseconds that never go back. Throws if the kernel gives no more descriptors.
  init(clock: @escaping () -> Int64 = Clock.monotonicMicroseconds) throws(AgentError) {
    self.clock = clock
    quiet = try QuietSet()
    beginning = clock()
    now = Clock.thousandth(beginning)
    poll.add(quiet.descriptor, Poll.readable)
  }

  /// Watches a source from now on.
  @inline(never)
  func add(_ source: EventSource) {
    sources.append(source)
    if source.isQuiet { source.isQuiet = quiet.add(source.descriptor, source.events) }
    watch(source)
    note(source.deadline)
    if source.isFinished { hasFinished = true }
  }

  /// Runs until `stop`; then until `isIdle`, or until the time for requests in flight is up.
  func run(isIdle: () -> Bool) {
    while true {
      if let stopDeadline, isIdle() || now >= stopDeadline { break }
      turn(until: stopDeadline ?? Int64.max)
    }
    hasEnded = true
    for source in sources { source.retire() }
    sources.removeAll()
    watched.removeAll()
    poll.removeAll()
  }

  /// Ends `run`, once it is idle or its time is up.
  func stop() {
    if stopDeadline == nil { stopDeadline = now + Limits.shutdown }
  }

  /// One round: waits for events, at most until `limit` in the loop's time, then handles them.
  func turn(until limit: Int64 = Int64.max) {
    let next = min(earliest, limit)
    let waits = next > now && !isBusy && !hasFinished
    if waits { quiet.wake(at: next) }
    let happened = poll.look(andWait: waits)
    isBusy = happened >= Limits.busyRound
    beginning = clock()
    now = Clock.thousandth(beginning)
    var isBrief = happened > 0 && handle(happened)
    if earliest <= now || hasFinished || !last.isEmpty {
      finishRound()
      isBrief = false
    }
    Process.wipeStack()
    // a few brief calls are not worth measuring
    if !isBrief { longestRound = max(longestRound, time - beginning) }
  }

  // MARK: - Calls from sources

  /// Its events have changed.
  func changed(_ source: EventSource) {
    if source.isQuiet {
      quiet.change(source.descriptor, source.events)
    } else if source.entry >= 0 {
      poll.set(source.entry, source.isPaused ? -1 : source.descriptor, source.events)
    }
  }

  /// A source has a deadline; the loop must not sleep past it.
  func note(_ deadline: Int64) { if deadline < earliest { earliest = deadline } }

  /// A source has finished; the round must sweep.
  func noteFinished() { hasFinished = true }

  // MARK: - The parts of a round

  /// A source without a descriptor gets no entry: poll(2) refuses more entries than the process may have descriptors.
  private func watch(_ source: EventSource) {
    let hasEntry = source.descriptor >= 0
    source.join(self, entry: hasEntry ? watched.count + 1 : -1)
    if !hasEntry { return }
    watched.append(source)
    poll.add(source.isPaused || source.isQuiet ? -1 : source.descriptor, source.events)
  }

  /// Puts what has happened to quiet sources into their entries. Returns for how many.
  @inline(never)
  private func lookAtQuiet() -> Int {
    var count = 0
    quiet.look { descriptor, happened in
      for source in sources where source.isQuiet && source.descriptor == descriptor {
        poll.set(source.entry, happened: happened)
        count += 1
      }
    }
    return count
  }

  /// The clock, in microseconds.
  var time: Int64 { clock() }

  /// This round has used up its time.
  var isOver: Bool { time - beginning >= Limits.round }

  /// What most rounds do not need: calls those whose deadline has passed, lets go of those that have finished, and calls those that come last.
  @inline(never)
  private func finishRound() {
    if earliest <= now { expire() }
    sweep()
    if last.isEmpty { return }
    for source in last where !source.isFinished { source.ready(source.events) }
    last.removeAll()
    sweep()
  }

  /// Calls the sources of that many events. Returns whether all calls were brief, and few.
  private func handle(_ count: Int) -> Bool {
    var (left, next) = (count, 0)
    var waiting: [EventSource] = []
    var isCut = false
    var (brief, isBrief) = (0, true)
    while left > 0, let entry = poll.next(from: next) {
      (left, next) = (left - 1, entry + 1)
      if entry == 0 {
        left += lookAtQuiet()
        continue
      }
      let source = watched[entry - 1]
      if source.comesLast {
        // in this round, even if its time is up
        last.append(source)
        _ = poll.take(entry)
      } else if isCut || isCrowded && source.caller != nil {
        waiting.append(source)
      } else {
        call(source)
        brief = source.wasBrief ? brief + 1 : Limits.briefCalls
        if brief >= Limits.briefCalls {
          isBrief = false
          if left > 0 { (isCut, brief) = (isOver, 0) }
        }
      }
    }
    if waiting.isEmpty {
      isCrowded = false
      return isBrief
    }
    isCrowded = !(isCrowded && takeTurns(waiting))
    return false
  }

  /// Calls sources in the rota's order until the round's time is up, but at least one; whether all are done. One that has more to do comes
  /// again after those of the other callers: a caller with one connection gets as much time as one with many.
  private func takeTurns(_ sources: [EventSource]) -> Bool {
    var waiting = sources
    while let index = rota.next(of: waiting, isOver: { isOver }) {
      call(waiting[index])
      if !waiting[index].hasMore || waiting[index].isFinished { waiting.remove(at: index) }
      if isOver { break }
    }
    return waiting.isEmpty
  }

  private func call(_ source: EventSource) {
    let happened = poll.take(source.entry)
    rota.note(source)
    (source.hasMore, source.wasBrief) = (false, false)
    // nothing has happened since a call that can go on
    if !source.isFinished { source.ready(happened == 0 ? source.events : happened) }
  }

  /// A source whose event has not been handled yet does not expire.
  private func expire() {
    earliest = Int64.max
    for index in 0..<sources.count {
      let source = sources[index]
      let waits = source.entry >= 0 && poll[source.entry] != 0
      if source.deadline <= now, !source.isFinished, !waits { source.expired() }
      if !source.isFinished { note(source.deadline) }
    }
  }

  private func sweep() {
    guard hasFinished else { return }
    hasFinished = false
    let finished = sources.filter { $0.isFinished }
    if finished.isEmpty { return }
    // the list first: a source that is retired may add another
    sources.removeAll { $0.isFinished }
    watched.removeAll(keepingCapacity: true)
    poll.removeAll()
    poll.add(quiet.descriptor, Poll.readable)
    for source in sources { watch(source) }
    for source in finished {
      if source.isQuiet { quiet.remove(source.descriptor) }
      source.retire()
    }
  }
}
