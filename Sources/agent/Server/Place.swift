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
  /// has here and with `adding`.
  static func toClear(_ places: [Place], for newcomer: Peer, adding: Int = 0) -> Int? {
    toClear(places, for: newcomer, adding) { longest($0, places, .first) ?? longest($0, places, .last) }
      ?? toClear(places, for: newcomer, adding) { $0.max { places[$0].lastProgress < places[$1].lastProgress } }
  }

  /// Offers `choose` the places of one user at a time, largest first. After the first user, only those who hold (with their group) at least
  /// half as much as the first, and at least two more than the newcomer: small holders do not pay for the largest.
  private static func toClear(
    _ places: [Place], for newcomer: Peer, _ adding: Int, _ choose: ([Int]) -> Int?
  ) -> Int? {
    let own = places.indices.filter { places[$0].holder.group == newcomer.group }
    var rest = Array(places.indices)
    var (most, adding) = (0, adding)
    while true {
      let group = largest(rest, places) { places[$0].holder.group == places[$1].holder.group }
      let isHisGroup = weight(group, places) <= weight(own, places)
      let user = largest(isHisGroup ? rest.filter { own.contains($0) } : group, places) {
        places[$0].holder.user == places[$1].holder.user
      }
      guard let holder = user.first.map({ places[$0].holder }) else { return nil }
      // groups are compared by their totals, the users of the newcomer's group by their own
      let (theirs, his) =
        isHisGroup
        ? (weight(user, places), weight(own.filter { places[$0].holder.user == newcomer.user }, places))
        : (weight(places.indices.filter { places[$0].holder.group == holder.group }, places), weight(own, places))
      guard theirs > his + adding, 2 * theirs >= most else { return nil }
      (most, adding) = (max(most, theirs), max(adding, 1))
      if let found = choose(user) { return found }
      rest.removeAll { user.contains($0) }
    }
  }

  /// Of those with this `yield`, the one without progress for longest.
  private static func longest(_ some: [Int], _ places: [Place], _ yield: Yield) -> Int? {
    var found: Int?
    for index in some where places[index].yield == yield {
      if let found, places[found].lastProgress <= places[index].lastProgress { continue }
      found = index
    }
    return found
  }

  /// The largest set of these that are alike.
  @inline(never)
  private static func largest(_ all: [Int], _ places: [Place], _ areAlike: (Int, Int) -> Bool) -> [Int] {
    var (most, rest) = ([Int](), all)
    while let first = rest.first {
      let alike = rest.filter { areAlike($0, first) }
      rest.removeAll { areAlike($0, first) }
      if weight(alike, places) > weight(most, places) { most = alike }
    }
    return most
  }

  @inline(never)
  private static func weight(_ some: [Int], _ places: [Place]) -> Int { some.reduce(0) { $0 + places[$1].weight } }
}
