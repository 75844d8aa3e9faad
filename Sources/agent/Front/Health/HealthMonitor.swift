/// One look at the app.
final class HealthLook {
  /// Whether nobody waits for what it finds.
  fileprivate(set) var isGivenUp = false
  private let found: (HealthLook, Result<HealthVerdict, AgentError>) -> Void

  init(_ found: @escaping (HealthLook, Result<HealthVerdict, AgentError>) -> Void) { self.found = found }

  /// Gives a verdict, or an error if it could not tell; only the first one counts, and none after the look was given up.
  func conclude(_ result: Result<HealthVerdict, AgentError>) {
    if !isGivenUp { found(self, result) }
  }
}

/// Looks now and then how the app does, and keeps the verdict. No request makes it look: it is a timer of the loop, so that strangers
/// who ask cost nothing, and what is looked at can be as slow as it likes.
final class HealthMonitor: EventSource {
  /// Looks once; a look that is given up does no more.
  typealias Looker = (HealthLook) -> Void

  private(set) var verdict: HealthVerdict
  /// Counts the verdicts.
  private(set) var stamp = 0

  private let loop: Loop
  private let looker: Looker?
  private var look: HealthLook?
  /// Looks in a row that could not tell.
  private var failures = 0

  /// `looker` is nil for an app that does not want to be judged.
  init(_ loop: Loop, _ looker: Looker?) {
    self.loop = loop
    self.looker = looker
    verdict = .good
    super.init(nil)
    if looker == nil { return }
    verdict = .listing([.init(name: bytes("<health>"), status: bytes("health has not been determined yet"))])
    deadline = 0
  }

  override func expired() {
    if look != nil { return settle(.failure(.unavailable("health refresh timed out after 10s"))) }
    let look = HealthLook { [self] look, result in
      if self.look === look { settle(result) }
    }
    self.look = look
    deadline = loop.now + Limits.healthRefresh
    looker?(look)
  }

  private func settle(_ result: Result<HealthVerdict, AgentError>) {
    look?.isGivenUp = true
    look = nil
    deadline = loop.now + Limits.healthPause
    stamp += 1
    switch result {
    case .success(let found): (verdict, failures) = (found, 0)
    case .failure(let error):
      failures += 1
      if failures > Limits.healthDoubts { verdict = HealthVerdict(isHealthy: false, error: error.text) }
    }
  }
}
