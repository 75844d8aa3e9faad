/// One check of the app's health.
final class HealthLook {
  /// Whether nobody waits for the result any more.
  fileprivate(set) var isGivenUp = false
  private let found: (HealthLook, Result<HealthVerdict, AgentError>) -> Void

  /// `found` gets the result, once.
  init(_ found: @escaping (HealthLook, Result<HealthVerdict, AgentError>) -> Void) { self.found = found }

  /// Ends the check with a verdict, or with an error if there is none. Only the first call counts, and none after the check was
  /// given up.
  func conclude(_ result: Result<HealthVerdict, AgentError>) {
    if !isGivenUp { found(self, result) }
  }
}

/// Checks the app's health from time to time, and keeps the verdict. It is a timer of the loop: no request makes it check, so
/// strangers who ask cost nothing, and a check may be slow.
final class HealthMonitor: EventSource {
  /// Begins a check. One that is given up must do no more.
  typealias Looker = (HealthLook) -> Void

  private(set) var verdict: HealthVerdict
  /// Counts the checks that have ended.
  private(set) var stamp = 0

  private let loop: Loop
  private let looker: Looker?
  private var look: HealthLook?
  /// Checks in a row without a verdict.
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
