/// The state of an app's container, and the result of its health check.
final class ContainerHealth {
  let name: [UInt8]
  /// One word from the engine: `running`, `exited` …; nil if it gives none.
  let state: [UInt8]?
  /// The last check's result: `healthy`, `starting` …; nil or empty if the container has no check.
  let health: [UInt8]?

  init(name: [UInt8], state: [UInt8]?, health: [UInt8]?) { (self.name, self.state, self.health) = (name, state, health) }

  /// From the answer to `GET /containers/<id>/json` (Docker Engine API, ContainerInspect).
  static func parse(_ text: [UInt8], name: [UInt8]) throws(AgentError) -> ContainerHealth {
    do throws(AgentError) {
      let object = JSONObject(text)
      let state = object.object("State")
      let word = state?.text("Status")
      let health = state?.object("Health")?.text("Status")
      try object.finish()
      return ContainerHealth(
        name: name, state: word.flatMap { $0.isEmpty ? nil : cut($0) }, health: health.map(cut))
    } catch {
      throw .failed("the container engine's answer is malformed")
    }
  }

  /// The verdict on all of an app's containers.
  static func judge(_ containers: [ContainerHealth]) -> HealthVerdict {
    if containers.isEmpty { return about("no container has been created yet") }
    let judged = containers.filter { $0.hasCheck }
    // without checks nothing would ever be found wrong
    if judged.isEmpty { return about("no container has a health check") }
    return .listing(judged.compactMap { $0.fault })
  }

  /// A one-shot container without a check may have ended.
  private var hasCheck: Bool {
    guard let health else { return false }
    return !health.isEmpty && !health.matches("none")
  }

  private var fault: HealthVerdict.Entry? {
    let health = health ?? []
    if let state, !state.matches("running") {
      return .init(name: name, status: state + " (last health check: " + health + ")")
    }
    return health.matches("healthy") ? nil : .init(name: name, status: health)
  }

  private static func about(_ status: StaticString) -> HealthVerdict {
    .listing([.init(name: bytes("<compose>"), status: bytes(status))])
  }

  private static func cut(_ word: [UInt8]) -> [UInt8] { UTF8Text.prefix(word, Limits.healthWord) }
}
