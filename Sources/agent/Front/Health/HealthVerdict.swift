/// Whether an app is healthy (docs/spec/health.md), and what is not.
struct HealthVerdict {
  /// Something unhealthy, and what is wrong with it.
  struct Entry: Equatable {
    let name: [UInt8]
    let status: [UInt8]
  }

  /// Healthy, as is an app that does not want to be checked.
  static let good = HealthVerdict(isHealthy: true)

  let isHealthy: Bool
  var unhealthy: [Entry] = []
  /// Why nothing is known any more; empty while something is known.
  var error: [UInt8] = []

  /// Healthy if nothing is listed.
  static func listing(_ unhealthy: [Entry]) -> HealthVerdict {
    HealthVerdict(isHealthy: unhealthy.isEmpty, unhealthy: unhealthy)
  }
}
