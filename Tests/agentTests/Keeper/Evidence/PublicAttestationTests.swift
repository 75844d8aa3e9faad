import Testing

@testable import agent

/// By the loop's clock: the tests wait for nothing.
struct PublicAttestationTests {
  private final class Scene {
    let loop = try! Loop()
    private(set) var attestation: PublicAttestation!
    /// Those who wait for one that is being made.
    private(set) var makers: [PublicAttestation.Answer] = []
    private(set) var reportData: [[UInt8]] = []
    /// The first byte of the quote, or the kind of the error.
    var answers: [String] = []

    init() {
      attestation = PublicAttestation(loop) { [unowned self] data, answer in
        reportData.append(data)
        makers.append(answer)
      }
    }

    deinit {
      loop.stop()
      loop.run(isIdle: { true })
    }

    func request() {
      attestation.request([7]) { [unowned self] result in
        switch result {
        case .success(let attestation): answers.append("\(attestation.quote[0])")
        case .failure(let error): answers.append("\(error.kind)")
        }
      }
    }

    func succeed(_ quote: UInt8) {
      makers.removeFirst()(
        .success(
          VersionedAttestation(
            quote: [quote], log: EventLog(boot: EventStore(), runtime: EventStore()), reportData: [7], config: [])))
    }

    func fail(_ error: AgentError) { makers.removeFirst()(.failure(error)) }
  }

  @Test func oneForAll() {
    let scene = Scene()
    for _ in 0..<3 { scene.request() }
    #expect(scene.reportData == [[7]] && scene.answers.isEmpty)
    scene.succeed(1)
    #expect(scene.answers == ["1", "1", "1"] && scene.attestation.deadline == Int64.max)
    for _ in 0..<100 { scene.request() }
    #expect(scene.makers.isEmpty && Set(scene.answers) == ["1"] && scene.answers.count == 103)
    #expect(scene.attestation.expiry > Clock.monotonic() + 29_000)
  }

  /// A failure counts like any other result: nobody can have it tried again at once.
  @Test(arguments: [AgentError.Kind.failed, .overdue]) func failure(_ kind: AgentError.Kind) {
    let scene = Scene()
    scene.request()
    scene.fail(AgentError(kind, bytes("no")))
    scene.request()
    #expect(scene.makers.isEmpty && scene.answers == ["\(kind)", "\(kind)"])
  }

  /// One that was not begun is tried again.
  @Test func refusal() {
    let scene = Scene()
    scene.request()
    scene.fail(.unavailable("busy"))
    scene.request()
    #expect(scene.answers == ["unavailable"] && scene.makers.count == 1)
    scene.succeed(2)
    #expect(scene.answers == ["unavailable", "2"])
  }

  /// Nobody waits longer than the SDKs do, and whoever comes again finds the result.
  @Test func patience() {
    let scene = Scene()
    scene.request()
    #expect(scene.attestation.deadline == scene.loop.now + Limits.quoteWait)
    scene.attestation.expired()
    #expect(scene.answers.isEmpty)
    scene.loop.turn(until: scene.loop.now + Limits.quoteWait)
    #expect(scene.answers == ["unavailable"] && scene.attestation.deadline == Int64.max)
    scene.request()
    #expect(scene.reportData.count == 1)
    scene.succeed(3)
    scene.request()
    #expect(scene.answers == ["unavailable", "3", "3"])
  }

  @Test func crowd() {
    let scene = Scene()
    for _ in 0...Limits.quoteSharers { scene.request() }
    #expect(scene.answers == ["unavailable"])
    scene.succeed(1)
    #expect(scene.answers.count == Limits.quoteSharers + 1)
  }
}
