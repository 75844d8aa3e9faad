/// Room for request bodies on their way, on one listener or on several. What of a body does not count needs none (`Limits.smallBody`).
final class BodyRoom {
  /// Bytes.
  private let limit: Int
  private(set) var taken = 0
  private var holders: [Connection] = []

  init(_ limit: Int = Limits.requestBodies) { self.limit = limit }

  /// Makes room for so much more of a connection's body, where need be that of whoever has most of them on their way; false if nobody has
  /// to give way.
  func hold(_ more: Int, for connection: Connection) -> Bool {
    while taken + more > limit {
      let others = holders.filter { $0 !== connection }
      // what has come of a body is lost: not for somebody who would hold as much then
      guard let index = others.toClear(for: connection.peer, margin: 1) else { return false }
      others[index].giveWay()
    }
    taken += more
    if more > 0, !holders.contains(where: { $0 === connection }) { holders.append(connection) }
    return true
  }

  /// Takes back what a connection holds.
  func giveBack(_ bytes: Int, of connection: Connection) {
    if bytes == 0 { return }
    taken -= bytes
    holders.forget(connection)
  }
}

extension [Connection] {
  @inline(never)
  mutating func forget(_ connection: Connection) { removeAll { $0 === connection } }

  /// The place of the one that gives way to a newcomer (`Place.toClear`).
  @inline(never)
  func toClear(for newcomer: Peer, margin: Int = 0) -> Int? {
    Place.toClear(map { $0.place }, for: newcomer, margin: margin)
  }
}
