/// Answers the front's questions: everything that it can get from the keeper.
final class FrontDesk {
  /// What two states of the guest are compared by.
  private struct Mark: Equatable {
    var position = -1
    var register: [UInt8] = []
    var isMismatched = false
    var hasChain = false
    var failure: [UInt8] = []
  }

  private let agent: Agent
  private let relay: EngineRelay
  private let powerOff: PowerOff
  /// For anyone: the attestation of the key of each curve.
  private let (secp256k1, ed25519): (PublicAttestation, PublicAttestation)
  private let log = ToldLog()
  /// The last state that the front was told: its version, mark and message.
  private var version: UInt32 = 0
  private var mark = Mark()
  private var state: [UInt8] = []

  /// `engine` is the path of the container engine's socket.
  init(_ agent: Agent, engine: [UInt8]) {
    self.agent = agent
    relay = EngineRelay(address: engine, jobs: agent.jobs)
    powerOff = PowerOff(jobs: agent.jobs, hostAPIURL: agent.hostAPIURL)
    (secp256k1, ed25519) = (agent.attestation(), agent.attestation())
  }

  /// Answers a question. Throws why there is no answer.
  func answer(_ message: FrontMessage, _ reply: FrontLink.Reply) throws(AgentError) {
    switch message.question {
    case .pong: break
    case .counters: reply.send(.answer, counters.encoded)
    case .powerOff:
      try powerOff.start()
      reply.send(.answer)
    case .healthFile: try readHealthFile(reply)
    case .project: try sendText(Question.projectFile, reply)
    case .nameServers: try sendText("/etc/resolv.conf", reply)
    case .compose: try reply.send(agent.app.visibility.tcbInfo ? agent.app.compose.bytes : [])
    case .state: try sendState(message.data, reply)
    case .events: try reply.send(try log.piece(behind: LogExtent(message.data)))
    case .attestation: try attest(message.data == [1] ? .ed25519 : .secp256k1, reply)
    case .list, .inspection: try relay.start(message.data, forLog: false, reply)
    case .log, .logInspection: try relay.start(message.data, forLog: true, reply)
    }
  }

  private var counters: Counters {
    let quotes = agent.evidence.quoteStatistics
    return Counters(
      quotes: UInt64(clamping: quotes.made), quoteTime: UInt64(clamping: quotes.milliseconds),
      quoteQueue: UInt64(clamping: quotes.depth), events: UInt64(clamping: agent.evidence.eventCount),
      longestRound: UInt64(clamping: agent.loop.longestRound),
      listeners: agent.traffic.map { ListenerCounts($0) })
  }

  /// Sends the state; nothing if the front has that version.
  private func sendState(_ known: [UInt8], _ reply: FrontLink.Reply) throws(AgentError) {
    let (evidence, app) = (agent.evidence, agent.app)
    var (identity, failure, found): (PublicIdentity?, AgentError?, EventLog?)
    var now = Mark(isMismatched: evidence.isMismatched, hasChain: agent.appCertificate.chain != nil)
    do throws(AgentError) {
      let measured = try evidence.measure()
      // tried again if it could not be made before; the next question gets the result
      agent.appCertificate.make()
      (now.position, now.register) = (measured.position, measured.registers.rtmr3)
      identity = PublicIdentity(measured, agent, showsTCB: app.visibility.tcbInfo)
      found = measured.log
    } catch {
      now.failure = error.text
      failure = error
    }
    if now != mark || state.isEmpty {
      version &+= 1
      let out = ByteBuffer()
      let log = found ?? EventLog(boot: EventStore(), runtime: EventStore())
      let chain = log.recipe
      identity?.chain?.describe(to: chain)
      // if the log is hidden, only as much of it as the certificate shows anyone
      let count = identity?.log?.count ?? chain.needed
      let extent = count.map { self.log.tell(EventLog(boot: log.boot, runtime: log.runtime, count: $0)) } ?? LogExtent()
      PublicState(
        version: version, visibility: app.visibility, health: app.health, name: app.name, isPresent: evidence.isPresent,
        identity: identity, error: failure
      ).append(to: out, extent, chain: chain)
      state = out.take()
      mark = now
    }
    try reply.send(known == LittleEndian.encode(version) ? [] : state)
  }

  /// Sends the parts of GetQuote's answer, over report data that bind the public key of Sign.
  private func attest(_ curve: KeyCurve, _ reply: FrontLink.Reply) throws(AgentError) {
    try agent.evidence.requireQuotes()
    let kept = curve == .ed25519 ? ed25519 : secp256k1
    let key = try agent.signingKeys.key(curve, of: agent.keys).publicKey
    // at most 64 bytes, which is what a compressed secp256k1 key takes
    let name = bytes(curve == .ed25519 ? "dip1::ed25519-pk:" : "dip1::secp256k1c-pk:")
    kept.request(name + Base64.encodeURL(key)) { [log] result in
      do throws(AgentError) {
        let found = try result.get()
        let out = ByteBuffer(holding: log.tell(found.log).encoded)
        out.append(parts: [found.quote, found.reportData, found.config])
        try reply.send(out.take())
      } catch {
        reply.fail(error)
      }
    }
  }

  private func readHealthFile(_ reply: FrontLink.Reply) throws(AgentError) {
    guard case .file(let path) = agent.app.health else { throw .invalid("the app has no health file") }
    HealthFileReader.read(path, agent.jobs) { result in
      do throws(AgentError) { try reply.send(result.get()) } catch { reply.fail(error) }
    }
  }

  /// Sends a file of the machine; nothing if there is none.
  private func sendText(_ path: StaticString, _ reply: FrontLink.Reply) throws(AgentError) {
    let path = bytes(path)
    try reply.send(Files.exists(path) ? try Files.readRegular(path, limit: Limits.configFile) : [])
  }
}

extension PublicIdentity {
  /// Without `showsTCB`, what verifiers look at is left out.
  convenience init(_ measured: Evidence.Measurements, _ agent: Agent, showsTCB: Bool) {
    self.init(
      app: measured.app, name: agent.app.name, chain: agent.appCertificate.chain, compose: showsTCB ? agent.app.compose : nil,
      vmConfig: showsTCB ? agent.evidence.vmConfig : [], registers: showsTCB ? measured.registers : nil,
      log: showsTCB ? measured.log : nil, isMismatched: agent.evidence.isMismatched)
  }
}
