/// Whose turn it is: in the group whose last turn was longest ago, the user whose last turn was longest ago (`Peer`). Those
/// without a turn yet come first, those who are gone last; among equals, the first to arrive.
struct Turns {
  /// Peers that have had a turn since the queue was last empty, the most recent at the end.
  private var served: [Peer] = []

  /// The index of the next of the waiting peers, which are in order of arrival; nil if there are none.
  func next(of waiting: [Peer]) -> Int? {
    var best: (index: Int, group: Int, user: Int)?
    for (index, peer) in waiting.enumerated() {
      let group = peer.isGone ? Int.max : served.lastIndex { $0.group == peer.group } ?? -1
      let user = served.lastIndex { $0 == peer } ?? -1
      guard let chosen = best else {
        best = (index, group, user)
        continue
      }
      if group < chosen.group || group == chosen.group && user < chosen.user { best = (index, group, user) }
    }
    return best?.index
  }

  /// How many of those waiting come before a newcomer.
  func ahead(of newcomer: Peer, _ waiting: [Peer]) -> Int {
    var later = self
    var rest = waiting + [newcomer]
    later.served = served.indices.filter { matters($0, to: rest) }.map { served[$0] }
    var count = 0
    // the newcomer stays last in `rest`
    while let index = later.next(of: rest), index < rest.count - 1 {
      later.take(rest.remove(at: index))
      count += 1
    }
    return count
  }

  /// Whether a past turn affects the order of those waiting: it was one of theirs, or their group's last.
  private func matters(_ index: Int, to waiting: [Peer]) -> Bool {
    let peer = served[index]
    if waiting.contains(peer) { return true }
    return waiting.contains { $0.group == peer.group } && !served[(index + 1)...].contains { $0.group == peer.group }
  }

  /// Records the peer's turn.
  mutating func take(_ peer: Peer) {
    // at most one; removeAll(where:) is compiled with or without a check, by chance, so two builds would differ
    if let index = served.firstIndex(where: { $0 == peer }) { served.remove(at: index) }
    served.append(peer)
    if served.count > Limits.turns { served.removeFirst() }
  }

  /// Nobody waits: all are equal again.
  mutating func forget() { served.removeAll() }
}
