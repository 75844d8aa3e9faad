/// Picks the next source when a round of the loop has more to do than time: from the group that was served longest ago (`Peer`), in it from
/// the user served longest ago, and of that user's connections the one called longest ago. Those who are gone come last. A caller is looked
/// up only when its turn is decided, because that takes system calls.
struct Rota {
  /// The last call of a group, or of a user in one.
  final class Share {
    let peer: Peer
    /// Nil for a group.
    let group: Share?
    /// The number of its last call.
    fileprivate var lastCall = 0

    fileprivate init(_ peer: Peer, in group: Share?) { (self.peer, self.group) = (peer, group) }

    fileprivate func note(_ call: Int) {
      lastCall = max(lastCall, call)
      group?.note(call)
    }
  }

  private var calls = 0
  private var users: [Share] = []

  /// Records that a source is called now.
  mutating func note(_ source: EventSource) {
    calls += 1
    source.lastCall = calls
    source.share?.note(calls)
  }

  /// The index of the next source; nil if none waits. Looks up at least one caller; once the round's time is up, callers not looked up yet
  /// wait for another round.
  mutating func next(of waiting: [EventSource], isOver: () -> Bool) -> Int? {
    var best: (index: Int, source: EventSource, share: Share)?
    var hasLookedUp = false
    for (index, source) in waiting.enumerated() {
      if source.share == nil, !hasLookedUp || !isOver() {
        source.share = share(of: source)
        hasLookedUp = true
      }
      guard let share = source.share else { continue }
      if let best, !comes(source, share, before: best.source, best.share) { continue }
      best = (index, source, share)
    }
    return best?.index
  }

  private func comes(_ a: EventSource, _ shareA: Share, before b: EventSource, _ shareB: Share) -> Bool {
    let (groupA, groupB) = (shareA.group?.lastCall ?? 0, shareB.group?.lastCall ?? 0)
    if groupA != groupB { return groupA < groupB }
    return shareA.lastCall != shareB.lastCall ? shareA.lastCall < shareB.lastCall : a.lastCall < b.lastCall
  }

  private mutating func share(of source: EventSource) -> Share {
    let peer = source.caller?.peer ?? Peer.agent
    let share = users.first { $0.peer == peer } ?? add(peer)
    share.note(peer.isGone ? Int.max : source.lastCall)
    return share
  }

  private mutating func add(_ peer: Peer) -> Share {
    if users.count >= Limits.turns { forget() }
    let group = users.first { $0.peer.group == peer.group }?.group
    let share = Share(peer, in: group ?? Share(Peer(group: peer.group, user: 0), in: nil))
    users.append(share)
    return share
  }

  /// Forgets users without a connection.
  private mutating func forget() {
    for index in users.indices.reversed() where isKnownUniquelyReferenced(&users[index]) { users.remove(at: index) }
  }
}
