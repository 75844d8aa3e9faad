/// Something that the loop watches: a descriptor that it owns, a deadline, or both.
class EventSource {
  private final var owned: Descriptor?
  /// What to ask poll(2) for; `Poll.gone` is always reported.
  final var events: Int16 = 0 { didSet { if events != oldValue { loop?.changed(self) } } }
  /// Set to ignore the descriptor for now, even a hang-up; not for a quiet one.
  final var isPaused = false { didSet { loop?.changed(self) } }
  /// In the loop's milliseconds.
  final var deadline = Int64.max { didSet { loop?.note(deadline) } }
  /// Set, before the loop watches it, if little happens on the descriptor: waits for others then cost no more because of it.
  final var isQuiet = false
  /// Set to be called after all others in a round: a listener accepts once the connections that end in this round have left.
  final var comesLast = false
  /// Set by a call that ends before its work does, so that others get their turn: it can be called again in the same round.
  final var hasMore = false
  /// Set by a call that took a few microseconds at most: the loop does not read the clock after each of them.
  final var wasBrief = false
  /// Set to leave the loop at the end of the round.
  final var isFinished = false { didSet { loop?.noteFinished() } }
  /// The caller served here; nil for the agent itself.
  final var caller: Caller?
  /// The rota's notes: the number of the last call, and the caller's share.
  final var lastCall = 0
  final var share: Rota.Share?

  /// Set while the loop watches it. The two retain each other until it leaves.
  private final var loop: Loop?
  /// Its index among poll(2)'s entries; −1 for none.
  private(set) final var entry = -1

  /// Without a descriptor it has only its deadline.
  init(_ descriptor: consuming Descriptor?) { owned = descriptor }

  /// −1 for none.
  final var descriptor: Int32 { owned?.number ?? -1 }

  /// The loop begins to watch it.
  final func join(_ loop: Loop, entry: Int) { (self.loop, self.entry) = (loop, entry) }

  /// The loop has let go of it.
  final func retire() {
    loop = nil
    release()
    owned = nil
  }

  /// Something happened on the descriptor.
  func ready(_ happened: Int16) {}

  /// The deadline has passed.
  func expired() {}

  /// The last call; the descriptor is closed after it.
  func release() {}
}
