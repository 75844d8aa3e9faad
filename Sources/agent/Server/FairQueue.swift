/// Lets tasks of callers begin in turn, one at a time: next comes the group that has not had a turn for longest, in it the user of whom
/// that holds, and of his tasks the one that came first. A task that waits too long is refused.
final class FairQueue: EventSource {
  /// Begins a task; what it is given must be called when the task is over.
  typealias Begin = (_ done: @escaping () -> Void) -> Void

  private struct Task {
    let peer: Peer
    let arrival: Int64
    let isWanted: () -> Bool
    let begin: Begin
    let refuse: () -> Void
  }

  private let loop: Loop
  /// Milliseconds that a task waits.
  private let patience: Int64
  private var waiting: [Task] = []
  private var isBusy = false
  /// Who has had turns while others waited, the last one at the end.
  private var served: [Peer] = []

  init(_ loop: Loop, patience: Int64) {
    self.loop = loop
    self.patience = patience
    super.init(nil)
  }

  /// A task that is not wanted any more when its turn comes is forgotten. `refuse` is called instead of `begin` for a task that has waited too long, and when the agent stops.
  func add(_ peer: Peer, isWanted: @escaping () -> Bool, begin: @escaping Begin, refuse: @escaping () -> Void) {
    waiting.append(Task(peer: peer, arrival: loop.now, isWanted: isWanted, begin: begin, refuse: refuse))
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
    if isBusy { return }
    waiting.removeAll { !$0.isWanted() }
    guard let index = nextIndex() else { return served.removeAll() }
    let task = waiting.remove(at: index)
    isBusy = true
    served.removeAll { $0 == task.peer }
    served.append(task.peer)
    if served.count > Limits.turns { served.removeFirst() }
    task.begin { [self] in
      isBusy = false
      startNext()
    }
  }

  private func nextIndex() -> Int? {
    var best: (index: Int, group: Int, user: Int)?
    for (index, task) in waiting.enumerated() {
      let group = served.lastIndex { $0.group == task.peer.group } ?? -1
      let user = served.lastIndex { $0 == task.peer } ?? -1
      guard let chosen = best else {
        best = (index, group, user)
        continue
      }
      // tasks are in the order of their arrival
      if group < chosen.group || group == chosen.group && user < chosen.user { best = (index, group, user) }
    }
    return best?.index
  }

  private func setDeadline() { deadline = waiting.first.map { $0.arrival + patience } ?? Int64.max }
}
