/// Something that the loop watches: a descriptor of its own, a point in time, or both.
class EventSource {
  private final var owned: Descriptor?
  /// What poll(2) shall wait for; `Poll.gone` is reported in any case.
  final var events: Int16 = 0 { didSet { if events != oldValue { loop?.changed(self) } } }
  /// Set to hear nothing of the descriptor for now, not even that the peer is gone.
  final var isPaused = false { didSet { loop?.changed(self) } }
  /// In the loop's milliseconds.
  final var deadline = Int64.max { didSet { loop?.note(deadline) } }
  /// Called behind the others in a round: whoever lets somebody in comes after those who leave.
  final var comesLast = false
  /// Set to leave the loop at the end of its round.
  final var isFinished = false { didSet { loop?.noteFinished() } }
  /// Who is served here; nil if it is the agent itself.
  final var caller: Caller?
  /// What the rota keeps of it: when it was called last, counted in calls, and its caller's share.
  final var lastCall = 0
  final var share: Rota.Share?

  /// While the loop watches it. The two hold each other until it leaves.
  private final var loop: Loop?
  /// Its entry in what poll(2) is asked; −1 for none.
  private(set) final var entry = -1

  /// Without a descriptor it only waits for its deadline.
  init(_ descriptor: consuming Descriptor?) { owned = descriptor }

  /// −1 for none.
  final var descriptor: Int32 { owned?.number ?? -1 }

  /// The loop watches it from now on.
  final func join(_ loop: Loop, entry: Int) { (self.loop, self.entry) = (loop, entry) }

  /// Called when it has left the loop.
  final func retire() {
    loop = nil
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
