/// Something that the loop watches: a descriptor, a point in time, or both.
class EventSource {
  /// −1 for a source that only waits for its deadline.
  final let descriptor: Int32
  /// What poll(2) shall wait for; `Poll.gone` is reported in any case.
  final var events: Int16 = 0
  /// Set to hear nothing of the descriptor for now, not even that the peer is gone.
  final var isPaused = false
  /// In `Clock.monotonic()`'s milliseconds.
  final var deadline = Int64.max
  /// Called behind the others in a round: whoever lets somebody in comes after those who leave.
  final var comesLast = false
  /// Set to leave the loop at the end of its round; `release` is called then.
  final var isFinished = false

  init(_ descriptor: Int32) { self.descriptor = descriptor }

  /// Something happened on the descriptor.
  func ready(_ happened: Int16) {}

  /// The deadline has passed.
  func expired() {}

  /// The last call: close the descriptor.
  func release() {}
}
