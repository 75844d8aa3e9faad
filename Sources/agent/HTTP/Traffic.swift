/// What a listener has answered since the start, for metrics.
final class Traffic {
  /// The listener's name.
  let name: StaticString
  /// Requests answered, and those refused or failed (status 400 and above).
  private(set) var requests: UInt64 = 0
  private(set) var errors: UInt64 = 0
  /// Open connections.
  var connections: UInt64 = 0

  init(_ name: StaticString) { self.name = name }

  /// Counts an answer; returns whether it is a refusal or a failure.
  func count(_ status: Status) -> Bool {
    requests &+= 1
    if status.rawValue < Status.badRequest.rawValue { return false }
    errors &+= 1
    return true
  }
}
