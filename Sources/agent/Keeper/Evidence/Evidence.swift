/// What this guest can prove: quotes with the log that explains them, the registers, and new events.
final class Evidence {
  typealias Answer<Value> = (Result<Value, AgentError>) -> Void

  /// The registers and what they tell of the app.
  final class Measurements {
    /// Of the log's end.
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
  /// Why there is no evidence in a TDX guest: the firmware's log cannot be used. The rest of the agent is not to suffer from what the
  /// host may write there.
  private(set) var obstacle: AgentError?
  /// Whether the firmware's log has events of RTMR3.
  private(set) var hasForeignEvents = false
  /// Whether the log does not reproduce RTMR3: an extend without its line, the other way round, or foreign events.
  private(set) var isMismatched = false

  private let paths: TDXPaths
  private let log: RuntimeEventLog
  private let jobs: Jobs
  private let quotes: QuoteQueue
  private let events: FairQueue
  private let digests: FairQueue
  private var shares: LogShares
  /// Empty where the firmware left no log, or one that cannot be used.
  private var bootEvents = EventStore()
  private let osImageHash: [UInt8]
  private var history = RuntimeEventHistory()
  private var measurements: Measurements?
  private var explained: VersionedAttestation?
  /// When the registers are read anew, in milliseconds of `Clock.monotonic`.
  private var expiry = Int64.min

  /// Throws for a runtime log that cannot be used. Where there is no TDX, or a firmware log that cannot be used, that is told by each
  /// call. Where applications do not emit events (`takesEvents`), the log ends at `system-ready`.
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
        // the log is to tell of every extend that the quote has
        log.settle(deadline: Clock.monotonic() + Limits.logSettle)
        return quote
      }, failed: { Self.removeStaleEntries(paths, jobs) })
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

  /// A quote that has been begun; one that does not come in time has cost that time.
  private static func begun(_ quote: () throws(AgentError) -> [UInt8]) throws(AgentError) -> [UInt8] {
    do throws(AgentError) { return try quote() } catch {
      throw error.kind == .unavailable ? AgentError(.overdue, error.text) : error
    }
  }

  /// To be called once, when children are looked after.
  func start() { if isPresent { Self.removeStaleEntries(paths, jobs) } }

  /// What a killed child leaves in configfs. The kernel may hold that up for as long as a quote takes, so a child does it.
  private static func removeStaleEntries(_ paths: TDXPaths, _ jobs: Jobs) {
    jobs.start(.evidence, timeout: Limits.quoteDeadline) {
      ConfigfsQuote(paths).removeStale()
      return []
    } done: { _ in
    }
  }

  /// An attestation over at most 64 bytes of report data, which zeros fill up. Its event log is the one that the quote's RTMR3 tells
  /// of, whatever has been emitted since. `caller` is nil for strangers.
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

  /// Differs after every extend that the log tells of.
  func stamp() throws(AgentError) -> Int {
    try checkPresence()
    try log.refresh(&history)
    return history.position
  }

  /// For metrics: quotes that were made, the time that they took, those that wait; and the events so far.
  var quoteStatistics: (made: Int, milliseconds: Int64, depth: Int) { (quotes.made, quotes.totalDuration, quotes.depth) }
  var eventCount: Int {
    _ = try? stamp()
    return history.events.count
  }

  /// Measures an event of an application into RTMR3. The caller's turn comes as `FairQueue` has it, unless `isWanted` says by then that
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

  /// SHA-256 of what is to be signed, which stays unread. With a long event log in it that takes its time, so a child does it, for one
  /// caller after the other.
  func digest(_ body: BodyReader, for caller: Peer, _ answer: @escaping Answer<[UInt8]>) {
    if body.remaining <= Limits.digestAtOnce { return answer(.success(Hash.sha256(body.copy()))) }
    digests.add(caller, isWanted: { true }) { [jobs] done in
      jobs.start(.digest, timeout: Limits.digestDeadline) {
        Hash.sha256(body)
      } done: {
        answer($0)
        done()
      }
    } refuse: {
      answer(.failure(.unavailable("too many certificates are wanted at present")))
    }
  }

  /// The registers and what they tell, read anew after an extend that the log tells of, and now and then for one that it does not.
  func measure() throws(AgentError) -> Measurements {
    try checkPresence()
    try log.refresh(&history)
    let now = Clock.monotonic()
    let kept = measurements?.position == history.position ? measurements : nil
    if let kept, now < expiry { return kept }
    // also where they cannot be read, which may take a while to find out
    expiry = now + Limits.reading
    let registers = try RegisterSource(paths: paths).read()
    if let kept, kept.registers.rtmr3 == registers.rtmr3 {
      // an extend comes before its line: only one that stays alone is a mismatch
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

  /// For the methods that give a bare quote; clients of upstream look for this text.
  func requireQuotes() throws(AgentError) {
    if !isPresent { throw .failed("GetQuote is Intel TDX only, use Attest on this platform") }
  }

  private func checkPresence() throws(AgentError) {
    if !isPresent { throw .failed("this machine is no TDX guest, so there is no evidence") }
    if let obstacle { throw obstacle }
  }

  private func explain(_ quote: [UInt8], _ reportData: [UInt8]) throws(AgentError) -> VersionedAttestation {
    // those who share a quote share this
    if let explained, explained.quote == quote { return explained }
    try log.refresh(&history)
    let register = try Quote.registers(quote).rtmr3
    // one that the log does not explain gets all of it
    let log = EventLog(boot: bootEvents, runtime: history.events, count: history.events.count(leadingTo: register))
    let attestation = VersionedAttestation(quote: quote, log: log, reportData: reportData, config: vmConfig)
    explained = attestation
    return attestation
  }
}
