import Testing

@testable import agent

/// What pages show, on its way between the processes.
struct PublicStateTests {
  private static func state(_ health: HealthSource, identity: PublicIdentity? = nil, error: AgentError? = nil) -> PublicState {
    var visibility = AppVisibility()
    visibility.logs = true
    return PublicState(
      version: 9, visibility: visibility, health: health, name: utf8("app"), isPresent: true, identity: identity, error: error)
  }

  nonisolated(unsafe) private static let compose = ComposeText(utf8("{\"a\":\"é\"}"))

  private static func identity(isPublic: Bool) throws -> (PublicIdentity, EventLog) {
    let registers = Vectors.registers(declared: true)
    var history = RuntimeEventHistory()
    for version in [RuntimeEvent.Version.one, .two] {
      history.append(RuntimeEvent(name: utf8("é"), payload: [UInt8](0...255), version: version))
    }
    let boot = EventStore([LogEvent(register: 1, type: 0x8000_0001, digest: [UInt8](repeating: 7, count: 48), payload: [1, 2])])
    let log = EventLog(boot: boot, runtime: history.events)
    let identity = PublicIdentity(
      app: AppInfo(registers: registers, history: history, osImageHash: [0xab]), name: utf8("app"),
      chain: try chain(EventLog(boot: boot, runtime: history.events, count: 1)),
      compose: isPublic ? compose : nil, vmConfig: isPublic ? utf8("{\"a\":1}") : [], registers: isPublic ? registers : nil,
      log: isPublic ? log : nil, isMismatched: isPublic)
    return (identity, log)
  }

  /// A certificate with the log in it, then another certificate.
  private static func chain(_ log: EventLog) throws -> BodyReader {
    let der = ByteBuffer(holding: [0x30])
    der.insert(log.json)
    der.insert(JoinedBody(utf8("end")))
    let out = ByteBuffer()
    out.insert(PEM.body("CERTIFICATE", JoinedBody(der)))
    out.append("\nCA\n")
    let recipe = log.recipe
    JoinedBody(out).describe(to: recipe)
    // as the other end receives it
    return try #require(EventLog.text(of: recipe.out.storage, log))
  }

  /// With the log that belongs to it: its first runtime event alone if the log is hidden, as that much is in the certificate.
  private static func sent(_ state: PublicState, _ log: EventLog?) -> (data: [UInt8], log: EventLog?) {
    let log = log ?? EventLog(boot: EventStore(), runtime: EventStore())
    let (out, recipe) = (ByteBuffer(), log.recipe)
    state.identity?.chain?.describe(to: recipe)
    let count = state.identity?.log?.count ?? recipe.needed
    let needed = count.map { EventLog(boot: log.boot, runtime: log.runtime, count: $0) }
    state.append(to: out, needed.map { ToldLog().tell($0) } ?? LogExtent(), chain: recipe)
    return (out.take(), needed)
  }

  @Test(arguments: [true, false]) func identities(isPublic: Bool) throws {
    let (identity, log) = try Self.identity(isPublic: isPublic)
    let (data, needed) = Self.sent(Self.state(.containers(project: utf8("web")), identity: identity), log)
    #expect(LogExtent(data) == LogExtent(number: 1, boot: 1, runtime: isPublic ? 2 : 1))
    let state = try #require(PublicState(data, Self.compose, needed))
    #expect(Self.sent(state, log).data == data)
    let found = try state.known()
    #expect(found.tcbInfo?.all() == identity.tcbInfo?.all() && (found.tcbInfo != nil) == isPublic)
    #expect(found.app.appID == identity.app.appID && found.app.mrAggregated == identity.app.mrAggregated)
    #expect(found.chain?.copy().all() == identity.chain?.copy().all() && (found.log != nil) == isPublic)
    #expect(
      found.chain?.measured().json == identity.chain?.measured().json && found.vmConfig == identity.vmConfig
        && found.isMismatched == isPublic)
    guard case .containers(let project) = state.health else { throw AgentError.failed("another health source") }
    #expect(
      project == utf8("web") && state.visibility.logs && !state.visibility.sysinfo && state.isPresent && state.version == 9)
    // not one byte less or more
    for count in 0..<data.count { #expect(PublicState(Array(data[..<count]), Self.compose, needed) == nil) }
    #expect(PublicState(data + [0], Self.compose, needed) == nil)
    // not without the log, or with less of it
    #expect(PublicState(data, Self.compose, nil) == nil)
    #expect(PublicState(data, Self.compose, EventLog(boot: log.boot, runtime: EventStore())) == nil)
  }

  @Test func failures() throws {
    let (data, needed) = Self.sent(Self.state(.file(utf8("/health")), error: .failed("no evidence")), nil)
    #expect(needed == nil && LogExtent(data) == LogExtent())
    let state = try #require(PublicState(data, Self.compose, nil))
    guard case .file(let path) = state.health else { throw AgentError.failed("another health source") }
    #expect(state.error?.text == utf8("no evidence") && state.error?.kind == .failed && path == utf8("/health"))
    #expect(refusal { _ = try state.known() } == .failed)
    for count in 0..<data.count { #expect(PublicState(Array(data[..<count]), Self.compose, nil) == nil) }
  }
}
