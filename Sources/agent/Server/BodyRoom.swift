/// Bounds the request bodies in flight on one or several listeners. The first bytes of each (`Limits.smallBody`) do not count.
final class BodyRoom {
  /// Bytes.
  private let limit: Int
  private(set) var taken = 0
  private var holders: [Connection] = []

  /// Room for `limit` bytes.
  init(_ limit: Int = Limits.requestBodies) { self.limit = limit }

  /// Reserves `more` bytes for a connection's body. If they do not fit, closes connections of the callers that hold the most; false if no
  /// caller has to give way.
  func hold(_ more: Int, for connection: Connection) -> Bool {
    while taken + more > limit {
      let others = holders.filter { $0 !== connection }
      // closing a connection loses what has arrived, so none is closed for a caller that would then hold as much
      guard let index = others.toClear(for: connection.peer, adding: connection.heldBytes + more) else { return false }
      others[index].giveWay()
    }
    taken += more
    if more > 0, !holders.contains(where: { $0 === connection }) { holders.append(connection) }
    return true
  }

  /// Releases what a connection holds.
  func giveBack(_ bytes: Int, of connection: Connection) {
    if bytes == 0 { return }
    taken -= bytes
    holders.forget(connection)
  }
}

extension [Connection] {
  /// Removes a connection.
  @inline(never)
  mutating func forget(_ connection: Connection) { removeAll { $0 === connection } }

  /// The index of the connection that gives way to a newcomer (`Place.toClear`), or to one that would then hold `adding` bytes of a body.
  @inline(never)
  func toClear(for newcomer: Peer, adding: Int = 0) -> Int? {
    Place.toClear(map { $0.place(adding > 0 ? $0.heldBytes : 1) }, for: newcomer, adding: adding)
  }
}
