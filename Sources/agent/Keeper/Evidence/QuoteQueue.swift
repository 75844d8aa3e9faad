/// Makes quotes one at a time, as the kernel does. Callers take turns; strangers are served when no caller waits. Requests for
/// the same report data share a quote while it is being made. A request that cannot be answered before the SDKs give up is
/// refused at once.
final class QuoteQueue: EventSource {
  /// Takes the quote.
  typealias Answer = (Result<[UInt8], AgentError>) -> Void

  /// Requests for one quote.
  private final class Entry {
    let reportData: [UInt8]
    /// Changes with every extend: a quote begun before an extend must not answer a request that came after it.
    var stamp: Int
    let arrival: Int64
    /// Who wants it; nil if only strangers do.
    var caller: Peer?
    var answers: [Answer]

    init(_ reportData: [UInt8], stamp: Int, arrival: Int64, for caller: Peer?, _ answer: @escaping Answer) {
      self.reportData = reportData
      self.stamp = stamp
      self.arrival = arrival
      self.caller = caller
      answers = [answer]
    }

    /// Adds a request for the same quote. All are answered in the same round, each with a copy of what may be a long event log,
    /// so their number is limited.
    func join(_ answer: @escaping Answer) {
      if answers.count < Limits.quoteSharers { answers.append(answer) } else { answer(.failure(QuoteQueue.busy)) }
    }

    func answer(_ result: Result<[UInt8], AgentError>) {
      for answer in answers { answer(result) }
    }
  }

  private let loop: Loop
  private let jobs: Jobs
  private let make: ([UInt8]) throws(AgentError) -> [UInt8]
  private let clean: () -> Void
  /// Whether a quote has failed since the last cleaning began.
  private var isUnclean = false
  private var running: Entry?
  private var started: Int64 = 0
  private var queue: [Entry] = []
  private var turns = Turns()
  /// Milliseconds that the last quote took, and all quotes together.
  private(set) var lastDuration: Int64 = 0
  private(set) var totalDuration: Int64 = 0
  /// Quotes made.
  private(set) var made = 0

  /// `make` runs in a child, and so does `clean`, which removes what children that were killed have left.
  init(
    _ loop: Loop, _ jobs: Jobs, make: @escaping ([UInt8]) throws(AgentError) -> [UInt8], clean: @escaping () -> Void = {}
  ) {
    self.loop = loop
    self.jobs = jobs
    self.make = make
    self.clean = clean
    super.init(nil)
  }

  /// Quotes waiting for their turn.
  var depth: Int { queue.count }

  /// Requests a quote over 64 bytes of report data, begun no earlier than the extend that `stamp` stands for. `caller` is nil for
  /// strangers.
  func request(_ reportData: [UInt8], stamp: Int, for caller: Peer?, _ answer: @escaping Answer) {
    if let running, running.reportData == reportData, running.stamp == stamp { return running.join(answer) }
    if let entry = queue.first(where: { $0.reportData == reportData }) {
      entry.stamp = stamp
      if Self.comesLast(entry.caller), let caller { entry.caller = caller }
      return entry.join(answer)
    }
    let callers = queue.compactMap { $0.caller }
    let ahead = caller.map { turns.ahead(of: $0, callers) } ?? queue.count
    // with nobody ahead, a slow last quote is no reason to refuse, or none would be made again; nor is one under way for those who come last
    let isNext = ahead == 0 && (running == nil || Self.comesLast(running?.caller) && !Self.comesLast(caller))
    guard isNext || expectedWait(behind: ahead) <= Limits.quoteWait, callers.count < Limits.quoteQueue || makeRoom(for: caller)
    else { return answer(.failure(QuoteQueue.busy)) }
    queue.append(Entry(reportData, stamp: stamp, arrival: loop.now, for: caller, answer))
    startNext()
  }

  /// Strangers, and callers who are gone.
  private static func comesLast(_ caller: Peer?) -> Bool { caller?.isGone ?? true }

  /// Refuses a request of the caller who has the most in the queue; false if nobody has to give way.
  private func makeRoom(for caller: Peer?) -> Bool {
    guard let caller else { return false }
    let callers = queue.indices.filter { queue[$0].caller != nil }
    let places = callers.map { Place(holder: queue[$0].caller ?? caller, yield: .first, lastProgress: queue[$0].arrival) }
    guard let place = Place.toClear(places, for: caller) else { return false }
    queue.remove(at: callers[place]).answer(.failure(QuoteQueue.busy))
    return true
  }

  /// The first in the queue have waited too long.
  override func expired() {
    while let first = queue.first, first.arrival + Limits.quoteWait <= loop.now {
      queue.removeFirst()
      first.answer(.failure(QuoteQueue.busy))
    }
    setDeadline()
  }

  /// For those who cannot have a quote in time.
  static var busy: AgentError { .unavailable("too many quotes are requested at present") }

  /// Milliseconds until a quote requested now would be ready, with `ahead` others before it.
  private func expectedWait(behind ahead: Int) -> Int64 {
    var wait = lastDuration * Int64(ahead + 1)
    if running != nil {
      let elapsed = loop.now - started
      // one that takes longer than the last may take as long again
      wait += elapsed < lastDuration ? lastDuration - elapsed : elapsed
    }
    return wait
  }

  private func startNext() {
    defer { setDeadline() }
    if running != nil { return }
    if queue.isEmpty { return turns.forget() }
    let callers = queue.indices.filter { queue[$0].caller != nil }
    let next = turns.next(of: callers.compactMap { queue[$0].caller }).map { callers[$0] } ?? 0
    let entry = queue.remove(at: next)
    if let caller = entry.caller { turns.take(caller) }
    running = entry
    started = loop.now
    let make = make
    jobs.start(.evidence, timeout: Limits.quoteDeadline, { () throws(AgentError) in try make(entry.reportData) }) {
      [self] result in
      running = nil
      switch result {
      case .success:
        lastDuration = Clock.monotonic() - started
        totalDuration += lastDuration
        made += 1
      case .failure: tidy()
      }
      entry.answer(result)
      startNext()
    }
  }

  /// Cleans up: call it at the start. One child at a time does so, as the kernel may hold it up for as long as a quote takes; it
  /// takes no quote's place.
  func tidy() {
    isUnclean = jobs.running(.cleaning) > 0
    if isUnclean { return }
    let clean = clean
    jobs.start(.cleaning, timeout: Limits.quoteDeadline) {
      clean()
      return []
    } done: { [self] _ in
      if isUnclean { tidy() }
    }
  }

  private func setDeadline() { deadline = queue.first.map { $0.arrival + Limits.quoteWait } ?? Int64.max }
}
