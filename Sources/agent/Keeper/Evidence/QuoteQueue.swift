/// Makes quotes one at a time, as the kernel does. Callers take turns; strangers are served when no caller waits. When a quote is
/// begun, all who wait for the same report data share it, and so do those who ask while it is being made. A request that cannot
/// be answered before the SDKs give up is refused at once.
final class QuoteQueue: EventSource {
  /// Takes the quote.
  typealias Answer = (Result<[UInt8], AgentError>) -> Void

  /// A request for a quote. Each has its own turn and its own time, whoever else wants the same quote.
  private final class Request {
    let reportData: [UInt8]
    /// Changes with every extend: a quote begun before an extend must not answer a request that came after it.
    let stamp: Int
    let arrival: Int64
    let isByStranger: Bool
    /// No one in particular for strangers.
    let caller: Peer
    let answer: Answer

    init(_ reportData: [UInt8], stamp: Int, arrival: Int64, for caller: Peer?, _ answer: @escaping Answer) {
      self.reportData = reportData
      self.stamp = stamp
      self.arrival = arrival
      isByStranger = caller == nil
      self.caller = caller ?? .agent
      self.answer = answer
    }

    /// Strangers, and callers who are gone.
    var comesLast: Bool { isByStranger || caller.isGone }
  }

  private let loop: Loop
  private let jobs: Jobs
  private let make: ([UInt8]) throws(AgentError) -> [UInt8]
  private let clean: () -> Void
  /// Whether a quote has failed since the last cleaning began.
  private var isUnclean = false
  /// Those who share the quote that is being made.
  private var running: [Request] = []
  private var started: Int64 = 0
  /// Those who wait, in the order of arrival.
  private var queue: [Request] = []
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
  var depth: Int { quotes.count }

  /// The first request for each quote that waits.
  private var quotes: [Request] {
    Self.those(of: queue) { request in queue.first { $0.reportData == request.reportData } === request }
  }

  /// Requests a quote over 64 bytes of report data, begun no earlier than the extend that `stamp` stands for. `caller` is nil for
  /// strangers.
  func request(_ reportData: [UInt8], stamp: Int, for caller: Peer?, _ answer: @escaping Answer) {
    let request = Request(reportData, stamp: stamp, arrival: loop.now, for: caller, answer)
    var refused: Request? = request
    if !Self.those(of: running, { $0.reportData == reportData && $0.stamp == stamp }).isEmpty {
      refused = Self.add(request, to: &running)
    } else if !Self.those(of: queue, { $0.reportData == reportData }).isEmpty || isInTime(request) {
      refused = Self.add(request, to: &queue)
    }
    refused?.answer(.failure(Self.busy))
    startNext()
  }

  /// Adds a request. Returns the one for which there is no room: one of the caller who has the most there, or else the new one.
  @inline(never)
  private static func add(_ request: Request, to list: inout [Request]) -> Request? {
    var refused: Request?
    let callers = ofCallers(list).requests
    if callers.count >= Limits.quoteQueue {
      if request.isByStranger { return request }
      let places = callers.map { Place(holder: $0.caller, yield: .first, lastProgress: $0.arrival) }
      guard let place = Place.toClear(places, for: request.caller) else { return request }
      refused = callers[place]
      list = those(of: list) { $0 !== callers[place] }
    }
    list.append(request)
    return refused
  }

  /// The requests of a list for which `condition` holds.
  @inline(never)
  private static func those(of list: [Request], _ condition: (Request) -> Bool) -> [Request] { list.filter(condition) }

  /// The requests of a list that strangers have not made, and who has.
  @inline(never)
  private static func ofCallers(_ list: [Request]) -> (requests: [Request], peers: [Peer]) {
    let requests = those(of: list) { !$0.isByStranger }
    return (requests, requests.map { $0.caller })
  }

  @inline(never)
  private static func answer(_ list: [Request], _ result: Result<[UInt8], AgentError>) {
    for request in list { request.answer(result) }
  }

  /// Whether a quote requested now can be ready in time.
  private func isInTime(_ request: Request) -> Bool {
    let ahead = request.isByStranger ? depth : turns.ahead(of: request.caller, Self.ofCallers(quotes).peers)
    // with nobody ahead, a slow last quote is no reason to refuse, or none would be made again; nor is one under way for those who come last
    if ahead == 0, running.isEmpty || !request.comesLast && Self.those(of: running, { !$0.comesLast }).isEmpty { return true }
    return expectedWait(behind: ahead) <= Limits.quoteWait
  }

  /// The first in the queue have waited too long.
  override func expired() {
    let begin = loop.now - Limits.quoteWait
    let overdue = Self.those(of: queue) { $0.arrival <= begin }
    queue = Self.those(of: queue) { $0.arrival > begin }
    Self.answer(overdue, .failure(Self.busy))
    setDeadline()
  }

  /// For those who cannot have a quote in time.
  static var busy: AgentError { .unavailable("too many quotes are requested at present") }

  /// Milliseconds until a quote requested now would be ready, with `ahead` others before it.
  private func expectedWait(behind ahead: Int) -> Int64 {
    var wait = lastDuration * Int64(ahead + 1)
    if !running.isEmpty {
      let elapsed = loop.now - started
      // one that takes longer than the last may take as long again
      wait += elapsed < lastDuration ? lastDuration - elapsed : elapsed
    }
    return wait
  }

  private func startNext() {
    defer { setDeadline() }
    guard running.isEmpty else { return }
    if queue.isEmpty { return turns.forget() }
    let callers = Self.ofCallers(queue)
    let next = turns.next(of: callers.peers).map { callers.requests[$0] } ?? queue[0]
    if !next.isByStranger { turns.take(next.caller) }
    let reportData = next.reportData
    running = Self.those(of: queue) { $0.reportData == reportData }
    queue = Self.those(of: queue) { $0.reportData != reportData }
    started = loop.now
    let make = make
    jobs.start(.evidence, timeout: Limits.quoteDeadline, { () throws(AgentError) in try make(reportData) }) {
      [self] result in
      let sharers = running
      running = []
      switch result {
      case .success:
        lastDuration = Clock.monotonic() - started
        totalDuration += lastDuration
        made += 1
      case .failure: tidy()
      }
      Self.answer(sharers, result)
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
