/// Whose turn is next: that of the group that has not had one for longest, in it of the user of whom that holds.
struct Turns {
  /// Who has had turns while others waited, the last one at the end.
  private var served: [Peer] = []

  /// The place of the next one of those who wait, who are in the order of their arrival; nil if nobody waits.
  func next(of waiting: [Peer]) -> Int? {
    var best: (index: Int, group: Int, user: Int)?
    for (index, peer) in waiting.enumerated() {
      let group = served.lastIndex { $0.group == peer.group } ?? -1
      let user = served.lastIndex { $0 == peer } ?? -1
      guard let chosen = best else {
        best = (index, group, user)
        continue
      }
      if group < chosen.group || group == chosen.group && user < chosen.user { best = (index, group, user) }
    }
    return best?.index
  }

  /// How many of those who wait have their turns before a newcomer.
  func ahead(of newcomer: Peer, _ waiting: [Peer]) -> Int {
    var later = self
    var rest = waiting + [newcomer]
    later.served = served.indices.filter { matters($0, to: rest) }.map { served[$0] }
    var count = 0
    // the newcomer stays the last one in line
    while let index = later.next(of: rest), index < rest.count - 1 {
      later.take(rest.remove(at: index))
      count += 1
    }
    return count
  }

  /// Whether a turn says something of those who wait: it was one of theirs, or the last one of a group of theirs.
  private func matters(_ index: Int, to waiting: [Peer]) -> Bool {
    let peer = served[index]
    if waiting.contains(peer) { return true }
    return waiting.contains { $0.group == peer.group } && !served[(index + 1)...].contains { $0.group == peer.group }
  }

  /// Notes that it is his turn.
  mutating func take(_ peer: Peer) {
    served.removeAll { $0 == peer }
    served.append(peer)
    if served.count > Limits.turns { served.removeFirst() }
  }

  /// Nobody waits: all are equal again.
  mutating func forget() { served.removeAll() }
}
