import Testing

@testable import agent

/// What pages show, on its way from one process to the other.
struct PublicStateTests {
  private static func state(_ health: HealthSource, identity: PublicIdentity? = nil, error: AgentError? = nil) -> PublicState {
    var visibility = AppVisibility()
    visibility.logs = true
    return PublicState(
      version: 9, visibility: visibility, health: health, name: utf8("app"), isPresent: true, identity: identity, error: error)
  }

  nonisolated(unsafe) private static let compose = ComposeText(utf8("{\"a\":\"é\"}"))

  private static func identity(isPublic: Bool) throws -> PublicIdentity {
    let registers = Vectors.registers(declared: true)
    var history = RuntimeEventHistory()
    for version in [RuntimeEvent.Version.one, .two] {
      history.append(RuntimeEvent(name: utf8("é"), payload: [UInt8](0...255), version: version))
    }
    let boot = EventStore([LogEvent(register: 1, type: 0x8000_0001, digest: [UInt8](repeating: 7, count: 48), payload: [1, 2])])
    let chain = JoinedBody(utf8("PEM\n"))
    chain.measure()
    return PublicIdentity(
      app: AppInfo(registers: registers, history: history, osImageHash: [0xab]), name: utf8("app"), chain: chain,
      compose: isPublic ? compose : nil, vmConfig: isPublic ? utf8("{\"a\":1}") : [], registers: isPublic ? registers : nil,
      log: isPublic ? EventLog(boot: boot, runtime: history.events) : nil, isMismatched: isPublic)
  }

  private static func sent(_ state: PublicState) -> [UInt8] {
    let out = ByteBuffer()
    state.append(to: out)
    return out.take()
  }

  @Test(arguments: [true, false]) func identities(isPublic: Bool) throws {
    let identity = try Self.identity(isPublic: isPublic)
    let data = Self.sent(Self.state(.containers(project: utf8("web")), identity: identity))
    let state = try #require(PublicState(data, Self.compose))
    #expect(Self.sent(state) == data)
    let found = try state.known()
    #expect(found.tcbInfo?.all() == identity.tcbInfo?.all() && (found.tcbInfo != nil) == isPublic)
    #expect(found.app.appID == identity.app.appID && found.app.mrAggregated == identity.app.mrAggregated)
    #expect(found.chain?.copy().all() == utf8("PEM\n") && found.vmConfig == identity.vmConfig && found.isMismatched == isPublic)
    guard case .containers(let project) = state.health else { throw AgentError.failed("another health source") }
    #expect(
      project == utf8("web") && state.visibility.logs && !state.visibility.sysinfo && state.isPresent && state.version == 9)
    // not one byte less, nor one more
    for count in 0..<data.count { #expect(PublicState(Array(data[..<count]), Self.compose) == nil) }
    #expect(PublicState(data + [0], Self.compose) == nil)
  }

  @Test func failures() throws {
    let data = Self.sent(Self.state(.file(utf8("/health")), error: .failed("no evidence")))
    let state = try #require(PublicState(data, Self.compose))
    guard case .file(let path) = state.health else { throw AgentError.failed("another health source") }
    #expect(state.error?.text == utf8("no evidence") && state.error?.kind == .failed && path == utf8("/health"))
    #expect(refusal { _ = try state.known() } == .failed)
    for count in 0..<data.count { #expect(PublicState(Array(data[..<count]), Self.compose) == nil) }
  }
}
