/// Limits how many logs are followed at once.
final class Followers {
  private var count = 0

  /// Throws if there are too many already.
  func add(_ selection: LogSelection) throws(AgentError) {
    if !selection.follows { return }
    guard count < Limits.followers else { throw .unavailable("too many follow logs at present") }
    count += 1
  }

  /// Makes room for another, if this one followed its log.
  func remove(_ selection: LogSelection) { if selection.follows { count -= 1 } }
}
