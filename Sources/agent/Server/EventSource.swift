/// Something that the loop watches: a descriptor of its own, a point in time, or both.
class EventSource {
  private final var owned: Descriptor?
  /// What poll(2) shall wait for; `Poll.gone` is reported in any case.
  final var events: Int16 = 0
  /// Set to hear nothing of the descriptor for now, not even that the peer is gone.
  final var isPaused = false
  /// In `Clock.monotonic()`'s milliseconds.
  final var deadline = Int64.max
  /// Called behind the others in a round: whoever lets somebody in comes after those who leave.
  final var comesLast = false
  /// Set to leave the loop at the end of its round.
  final var isFinished = false

  /// Without a descriptor it only waits for its deadline.
  init(_ descriptor: consuming Descriptor?) { owned = descriptor }

  /// −1 for none.
  final var descriptor: Int32 { owned?.number ?? -1 }

  /// Called when it has left the loop.
  final func retire() {
    release()
    owned = nil
  }

  /// Something happened on the descriptor.
  func ready(_ happened: Int16) {}

  /// The deadline has passed.
  func expired() {}

  /// The last call; the descriptor is closed behind it.
  func release() {}
}
