/// A connection's place among the others, as seen when something is full.
struct Place {
  /// When the connection may be closed to make room.
  enum Yield {
    case first
    /// Only if its holder has no `first`.
    case last
    /// Only if no holder has anything else to give.
    case atWorst
  }

  let holder: Peer
  let yield: Yield
  /// When bytes were last read or written on it, in the loop's time.
  let lastProgress: Int64
  /// What it takes of the room: one connection of a table, or bytes.
  var weight = 1

  /// The index of the place to clear for a newcomer. Groups and users are those of `Peer`. The group that holds the most gives way, in it
  /// the user that does, and of that user's places the one without progress for longest. A user with no place to give is passed over
  /// for the next largest. If no user has one, all wait for an answer, and the largest loses the connection whose request came last. If
  /// no group holds more than the newcomer's, the users of that group are compared instead. Nil if no holder has more than the newcomer
  /// has here and with `adding`. Whoever is gone (`Peer.gone`) gives way before all others, and nobody to him.
  static func toClear(_ places: [Place], for newcomer: Peer, adding: Int = 0) -> Int? {
    if newcomer.isGone { return nil }
    for isLastResort in [false, true] {
      if let found = choose(places, of: .gone, isLastResort) { return found }
    }
    return toClear(places, for: newcomer, adding, isLastResort: false)
      ?? toClear(places, for: newcomer, adding, isLastResort: true)
  }

  /// Looks at one user after the other, largest first. After the first user, only those who hold (with their group) at least half as much as
  /// the first, and at least two more than the newcomer: small holders do not pay for the largest.
  @inline(never)
  private static func toClear(_ places: [Place], for newcomer: Peer, _ adding: Int, isLastResort: Bool) -> Int? {
    let own = (group: weight(places, newcomer, isGroup: true), user: weight(places, newcomer, isGroup: false))
    let groups = places.map { weight(places, $0.holder, isGroup: true) }
    let users = places.map { weight(places, $0.holder, isGroup: false) }
    // groups are compared by their totals, the users of the newcomer's group by their own
    var rest = places.indices.filter { groups[$0] > own.group || places[$0].holder.group == newcomer.group }
    var (most, adding) = (0, adding)
    while var largest = rest.first {
      for index in rest where (groups[index], users[index]) > (groups[largest], users[largest]) { largest = index }
      let holder = places[largest].holder
      let (theirs, his) = groups[largest] > own.group ? (groups[largest], own.group) : (users[largest], own.user)
      guard theirs > his + adding, 2 * theirs >= most else { return nil }
      (most, adding) = (max(most, theirs), max(adding, 1))
      if let found = choose(places, of: holder, isLastResort) { return found }
      rest.removeAll { places[$0].holder == holder }
    }
    return nil
  }

  /// Of a user's places the one without progress for longest: of those that yield first, if there are any, of those that yield last otherwise.
  /// As a last resort, the one with the newest progress.
  private static func choose(_ places: [Place], of holder: Peer, _ isLastResort: Bool) -> Int? {
    var found: Int?
    for index in places.indices where places[index].holder == holder {
      let place = places[index]
      if !isLastResort, place.yield == .atWorst { continue }
      guard let other = found.map({ places[$0] }) else {
        found = index
        continue
      }
      let isBetter =
        isLastResort
        ? place.lastProgress > other.lastProgress
        : place.yield == other.yield ? place.lastProgress < other.lastProgress : place.yield == .first
      if isBetter { found = index }
    }
    return found
  }

  /// What a user, or all of its group, holds.
  @inline(never)
  private static func weight(_ places: [Place], _ holder: Peer, isGroup: Bool) -> Int {
    var sum = 0
    for place in places where place.holder.group == holder.group && (isGroup || place.holder.user == holder.user) {
      sum += place.weight
    }
    return sum
  }
}
