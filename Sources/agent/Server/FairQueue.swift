/// Runs callers' tasks, a few at a time: callers take turns (`Turns`), and each caller's tasks begin in the order of arrival. Where
/// several may run, no group has all the places, and no user all of its group's. A task that waits too long is refused.
final class FairQueue: EventSource {
  /// Begins a task, which must call `done` when it is over.
  typealias Begin = (_ done: @escaping () -> Void) -> Void

  /// A class: moving a task moves one reference, not four.
  private final class Task {
    let peer: Peer
    let arrival: Int64
    let isWanted: () -> Bool
    let begin: Begin
    let refuse: () -> Void

    init(
      _ peer: Peer, _ arrival: Int64, _ isWanted: @escaping () -> Bool, _ begin: @escaping Begin, _ refuse: @escaping () -> Void
    ) {
      (self.peer, self.arrival) = (peer, arrival)
      (self.isWanted, self.begin, self.refuse) = (isWanted, begin, refuse)
    }
  }

  private let loop: Loop
  /// Milliseconds that a task may wait.
  private let patience: Int64
  private var waiting: [Task] = []
  /// How many tasks may run at a time, and those that do.
  private let width: Int
  private var running: [Task] = []
  private var turns = Turns()

  /// `patience` is in milliseconds, `width` how many tasks may run at a time.
  init(_ loop: Loop, patience: Int64, width: Int = 1) {
    self.loop = loop
    self.width = width
    self.patience = patience
    super.init(nil)
  }

  /// A task that nobody wants any more when its turn comes is dropped. `refuse` is called instead of `begin` if the task has waited too
  /// long, and when the agent stops.
  func add(_ peer: Peer, isWanted: @escaping () -> Bool, begin: @escaping Begin, refuse: @escaping () -> Void) {
    waiting.append(Task(peer, loop.now, isWanted, begin, refuse))
    startNext()
  }

  override func expired() {
    while let first = waiting.first, first.arrival + patience <= loop.now {
      waiting.removeFirst()
      first.refuse()
    }
    setDeadline()
  }

  override func release() {
    let left = waiting
    waiting = []
    for task in left { task.refuse() }
  }

  private func startNext() {
    defer { setDeadline() }
    // even while a task is running: a dropped request's task holds memory that is charged to nobody
    waiting = Self.those(of: waiting) { $0.isWanted() }
    if waiting.isEmpty { turns.forget() }
    if running.count == width { return }
    // one at most: a task waits only if no more may run, of all or of its caller's
    let ready = Self.those(of: waiting) { mayBegin($0.peer) }
    guard let next = turns.next(of: ready.map { $0.peer }) else { return }
    let task = ready[next]
    waiting = Self.those(of: waiting) { $0 !== task }
    running.append(task)
    turns.take(task.peer)
    task.begin { [self] in
      running = Self.those(of: running) { $0 !== task }
      startNext()
    }
  }

  /// The tasks of a list for which `condition` holds.
  @inline(never)
  private static func those(of list: [Task], _ condition: (Task) -> Bool) -> [Task] { list.filter(condition) }

  /// Tasks run on when their clients have left, so one place is kept for other groups, and one more for other users of a group.
  private func mayBegin(_ peer: Peer) -> Bool {
    let group = Self.those(of: running) { $0.peer.group == peer.group }
    return group.count < max(width - 1, 1) && Self.those(of: group) { $0.peer.user == peer.user }.count < max(width - 2, 1)
  }

  private func setDeadline() { deadline = waiting.first.map { $0.arrival + patience } ?? Int64.max }
}
