/// Whether an app does well (docs/spec/health.md), and who or what does not.
struct HealthVerdict {
  struct Entry: Equatable {
    let name: [UInt8]
    let status: [UInt8]
  }

  /// Good, also for an app that does not want to be judged.
  static let good = HealthVerdict(isHealthy: true)

  let isHealthy: Bool
  var unhealthy: [Entry] = []
  /// Why nothing is known any more; empty while something is.
  var error: [UInt8] = []

  /// Good if nothing is listed.
  static func listing(_ unhealthy: [Entry]) -> HealthVerdict {
    HealthVerdict(isHealthy: unhealthy.isEmpty, unhealthy: unhealthy)
  }
}
