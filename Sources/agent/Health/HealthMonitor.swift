/// Looks now and then how the app does, and keeps the verdict. No request makes it look: it is a timer of the loop, so that strangers
/// who ask cost nothing, and what is looked at can be as slow as it likes.
final class HealthMonitor: EventSource {
  /// Looks once, and answers with a verdict, or an error if it could not tell.
  typealias Look = (@escaping (Result<HealthVerdict, AgentError>) -> Void) -> Void

  private(set) var verdict: HealthVerdict

  private let loop: Loop
  private let look: Look?
  private var isLooking = false
  /// Counts the looks: an answer to one that was given up counts for nothing.
  private var round = 0
  /// Looks in a row that could not tell.
  private var failures = 0

  /// `look` is nil for an app that does not want to be judged.
  init(_ loop: Loop, _ look: Look?) {
    self.loop = loop
    self.look = look
    verdict = .good
    super.init(nil)
    if look == nil { return }
    verdict = .listing([.init(name: bytes("<health>"), status: bytes("health has not been determined yet"))])
    deadline = 0
  }

  override func expired() {
    if isLooking { return settle(.failure(.unavailable("health refresh timed out after 10s"))) }
    isLooking = true
    round += 1
    deadline = loop.now + Limits.healthRefresh
    let round = round
    look? { [self] result in
      if isLooking, round == self.round { settle(result) }
    }
  }

  private func settle(_ result: Result<HealthVerdict, AgentError>) {
    isLooking = false
    deadline = loop.now + Limits.healthPause
    switch result {
    case .success(let found): (verdict, failures) = (found, 0)
    case .failure(let error):
      failures += 1
      if failures > Limits.healthDoubts { verdict = HealthVerdict(isHealthy: false, error: error.text) }
    }
  }
}
