/// What this guest can prove: quotes and the log that explains them, the registers, and new events.
final class Evidence {
  /// Takes a result.
  typealias Answer<Value> = (Result<Value, AgentError>) -> Void

  /// The registers, and what they say about the app.
  final class Measurements {
    /// Where the log ended.
    let position: Int
    let registers: Registers
    let log: EventLog
    let app: AppInfo

    fileprivate init(position: Int, registers: Registers, log: EventLog, app: AppInfo) {
      self.position = position
      self.registers = registers
      self.log = log
      self.app = app
    }
  }

  /// vm_config, UTF-8.
  let vmConfig: [UInt8]
  /// Whether this is a TDX guest.
  let isPresent: Bool
  /// Why a TDX guest has no evidence: the firmware's log cannot be used. The host may write that log, and the rest of the agent
  /// must not suffer from it.
  private(set) var obstacle: AgentError?
  /// Whether the firmware's log has events of RTMR3.
  private(set) var hasForeignEvents = false
  /// Whether the log does not reproduce RTMR3: there is an extend without its line, a line without its extend, or foreign events.
  private(set) var isMismatched = false

  private let paths: TDXPaths
  private let log: RuntimeEventLog
  private let jobs: Jobs
  private let quotes: QuoteQueue
  private let events: FairQueue
  private let digests: FairQueue
  private var shares: LogShares
  /// Empty if the firmware left no log, or one that cannot be used.
  private var bootEvents = EventStore()
  private let osImageHash: [UInt8]
  private var history = RuntimeEventHistory()
  private var measurements: Measurements?
  private var explained: VersionedAttestation?
  /// When the registers are read again, in milliseconds of `Clock.monotonic`.
  private var expiry = Int64.min

  /// Throws if the runtime log cannot be used. Without TDX, or with a firmware log that cannot be used, each call says so. Unless
  /// applications may emit events (`takesEvents`), the log ends at `system-ready`.
  init(
    _ loop: Loop, _ jobs: Jobs, vmConfig: [UInt8], takesEvents: Bool = true, paths: TDXPaths = TDXPaths(),
    log: RuntimeEventLog = RuntimeEventLog()
  ) throws(AgentError) {
    history = RuntimeEventHistory(endsAtReady: !takesEvents)
    self.paths = paths
    self.log = log
    shares = LogShares(file: log.path("runtime_event_shares"))
    self.jobs = jobs
    self.vmConfig = vmConfig
    osImageHash = try VMConfig.osImageHash(vmConfig)
    let source = QuoteSource(paths: paths)
    quotes = QuoteQueue(
      loop, jobs,
      make: { (reportData) throws(AgentError) in
        let quote = try Self.begun { () throws(AgentError) in
          try source.quote(reportData, deadline: Clock.monotonic() + Limits.quoteTime)
        }
        // the log must have a line for every extend that the quote covers
        log.settle(deadline: Clock.monotonic() + Limits.logSettle)
        return quote
      }, clean: { ConfigfsQuote(paths).removeStale() })
    events = FairQueue(loop, patience: Limits.emitDeadline)
    digests = FairQueue(loop, patience: Limits.quoteWait)
    isPresent = paths.isTDX
    loop.add(digests)
    guard isPresent else { return }
    do throws(AgentError) {
      let events = try paths.bootEvents()
      bootEvents = EventStore(events)
      hasForeignEvents = CCEL.hasForeign(events)
    } catch {
      obstacle = error
      return
    }
    let registers = RegisterSource(paths: paths)
    let consistency = try log.check(&history, deadline: Clock.monotonic() + Limits.logLock) { () throws(AgentError) in
      try registers.read().rtmr3
    }
    isMismatched = consistency == .mismatch || hasForeignEvents
    loop.add(quotes)
    loop.add(events)
  }

  /// Makes a quote. If it is not ready in time, the error is `.overdue`, because the work was begun.
  private static func begun(_ quote: () throws(AgentError) -> [UInt8]) throws(AgentError) -> [UInt8] {
    do throws(AgentError) { return try quote() } catch {
      throw error.kind == .unavailable ? AgentError(.overdue, error.text) : error
    }
  }

  /// Call it once, when the loop can look after children.
  func start() { if isPresent { quotes.tidy() } }

  /// An attestation over at most 64 bytes of report data, padded with zeros. Its event log is the one that leads to the quote's
  /// RTMR3, whatever has been emitted since. `caller` is nil for strangers.
  func attestation(_ reportData: [UInt8], for caller: Peer?, _ answer: @escaping Answer<VersionedAttestation>) {
    do throws(AgentError) {
      let stamp = try stamp()
      guard reportData.count <= VersionedAttestation.reportDataSize else { throw .invalid("Report data is too long") }
      let padded = reportData + [UInt8](repeating: 0, count: VersionedAttestation.reportDataSize - reportData.count)
      quotes.request(padded, stamp: stamp, for: caller) { [self] result in
        answer(Result { () throws(AgentError) in try explain(result.get(), padded) })
      }
    } catch {
      answer(.failure(error))
    }
  }

  /// A number that changes with every extend that is in the log.
  func stamp() throws(AgentError) -> Int {
    try checkPresence()
    try log.refresh(&history)
    return history.position
  }

  /// For metrics: quotes made, the milliseconds that they took, and those waiting.
  var quoteStatistics: (made: Int, milliseconds: Int64, depth: Int) { (quotes.made, quotes.totalDuration, quotes.depth) }
  /// For metrics: runtime events so far.
  var eventCount: Int {
    _ = try? stamp()
    return history.events.count
  }

  /// Measures an application's event into RTMR3 when the caller's turn comes (`FairQueue`), unless `isWanted` then says that
  /// nobody waits any more.
  func emit(
    name: [UInt8], payload: [UInt8], by peer: Peer, isWanted: @escaping () -> Bool, _ answer: @escaping Answer<Void>
  ) {
    do throws(AgentError) {
      try RuntimeEvent.checkApplication(name: name, payload: payload)
      try checkPresence()
    } catch {
      return answer(.failure(error))
    }
    let size = RuntimeEventHistory.lineSize(name: name, payload: payload)
    let record = LogShares.record(size, by: peer)
    let (log, jobs, extender) = (log, jobs, RTMRExtender(paths: paths))
    events.add(peer, isWanted: isWanted) { [self] done in
      do throws(AgentError) {
        guard shares.allow(size, by: peer, used: try stamp()) else {
          throw .failed("the runtime event log has no room left for this caller")
        }
      } catch {
        answer(.failure(error))
        return done()
      }
      jobs.start(.event, timeout: Limits.emitDeadline) { () throws(AgentError) in
        try log.emit(name: name, payload: payload, deadline: Clock.monotonic() + Limits.logLock) {
          (digest) throws(AgentError) in
          try extender.extend(digest)
          shares.note(record)
        }
        return []
      } done: {
        if case .success = $0 { self.shares.add(record) }
        answer($0.map { _ in })
        done()
      }
    } refuse: {
      answer(.failure(.unavailable("too many events are emitted at present")))
    }
  }

  /// SHA-256 of data to be signed. Data with a long event log would take the loop too long, so a child hashes them, for one
  /// caller after another, unless nobody waits for the order any more.
  func digest(_ body: BodyReader, for order: CertificateOrder, _ answer: @escaping Answer<[UInt8]>) {
    if body.remaining <= Limits.digestAtOnce { return answer(.success(Hash.sha256(body.copy()))) }
    digests.add(order.caller, isWanted: { order.isWanted }) { [jobs] done in
      jobs.start(.digest, timeout: Limits.digestDeadline) {
        Hash.sha256(body)
      } done: {
        answer($0)
        done()
      }
    } refuse: {
      answer(.failure(.unavailable("too many certificates are requested at present")))
    }
  }

  /// The registers and what they say. They are read again after an extend that is in the log, and once in `Limits.reading` to
  /// notice one that is not.
  func measure() throws(AgentError) -> Measurements {
    try checkPresence()
    try log.refresh(&history)
    let now = Clock.monotonic()
    let kept = measurements?.position == history.position ? measurements : nil
    if let kept, now < expiry { return kept }
    // set even if they cannot be read, because finding that out may take a while
    expiry = now + Limits.reading
    let registers = try RegisterSource(paths: paths).read()
    if let kept, kept.registers.rtmr3 == registers.rtmr3 {
      // an extend comes before its line, so only one that stays without a line is a mismatch
      setMismatch(registers.rtmr3 != kept.app.replayed || hasForeignEvents)
      return kept
    }
    let app = AppInfo(registers: registers, history: history, osImageHash: osImageHash)
    let log = EventLog(boot: bootEvents, runtime: history.events)
    let measured = Measurements(position: history.position, registers: registers, log: log, app: app)
    measurements = measured
    return measured
  }

  private func setMismatch(_ isMismatch: Bool) {
    if isMismatch, !isMismatched { Log.error("the runtime event log does not reproduce RTMR3") }
    isMismatched = isMismatch
  }

  /// For methods that return a bare quote. Clients of upstream look for this text.
  func requireQuotes() throws(AgentError) {
    if !isPresent { throw .failed("GetQuote is Intel TDX only, use Attest on this platform") }
  }

  private func checkPresence() throws(AgentError) {
    if !isPresent { throw .failed("this machine is not a TDX guest, so there is no evidence") }
    if let obstacle { throw obstacle }
  }

  private func explain(_ quote: [UInt8], _ reportData: [UInt8]) throws(AgentError) -> VersionedAttestation {
    // callers who share a quote share its attestation
    if let explained, explained.quote == quote { return explained }
    try log.refresh(&history)
    let register = try Quote.registers(quote).rtmr3
    // a quote that the log does not explain gets the whole log
    let log = EventLog(boot: bootEvents, runtime: history.events, count: history.events.count(leadingTo: register))
    let attestation = VersionedAttestation(quote: quote, log: log, reportData: reportData, config: vmConfig)
    explained = attestation
    return attestation
  }
}
