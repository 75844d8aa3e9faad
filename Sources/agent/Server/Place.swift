/// A place in the table of a listener's connections.
struct Place {
  /// When its connection may be closed to make room.
  enum Yield {
    case first
    /// Only if no other one of its holder may be.
    case last
    /// Only if nobody has another one.
    case atWorst
  }

  let holder: Peer
  let yield: Yield
  /// When something was read or written on it last, by the loop's time.
  let lastProgress: Int64

  /// The place to clear for a newcomer: of the group that holds most, and in it of the user that holds most, the one that has been
  /// without progress for longest. Where none of his may be cleared, it is the next one's; and if nobody has one to give, of those that
  /// wait for an answer the one that has asked last. Where no group holds more than the newcomer's, it is between the users of his own. Nil
  /// if there none holds more than he does, or not by more than `margin`.
  static func toClear(_ places: [Place], for newcomer: Peer, margin: Int = 0) -> Int? {
    toClear(places, for: newcomer, margin) { longest($0, places, .first) ?? longest($0, places, .last) }
      ?? toClear(places, for: newcomer, margin) { $0.max { places[$0].lastProgress < places[$1].lastProgress } }
  }

  /// `choose` is given the places of one user after the other, as long as he or his group holds half as many as the first one, and more
  /// than one more than the newcomer: who holds few does not pay for those who hold most.
  private static func toClear(
    _ places: [Place], for newcomer: Peer, _ margin: Int, _ choose: ([Int]) -> Int?
  ) -> Int? {
    let own = places.indices.filter { places[$0].holder.group == newcomer.group }
    var rest = Array(places.indices)
    var (most, margin) = (0, margin)
    while true {
      let group = largest(rest) { places[$0].holder.group == places[$1].holder.group }
      let isHisGroup = group.count <= own.count
      let user = largest(isHisGroup ? rest.filter { own.contains($0) } : group) {
        places[$0].holder.user == places[$1].holder.user
      }
      guard let holder = user.first.map({ places[$0].holder }) else { return nil }
      // between groups their sums count, and in his own group those of the users
      let (theirs, his) =
        isHisGroup
        ? (user.count, own.count { places[$0].holder.user == newcomer.user })
        : (places.count { $0.holder.group == holder.group }, own.count)
      guard theirs > his + margin, 2 * theirs >= most else { return nil }
      (most, margin) = (max(most, theirs), 1)
      if let found = choose(user) { return found }
      rest.removeAll { user.contains($0) }
    }
  }

  /// The one without progress for longest of those that yield so.
  private static func longest(_ some: [Int], _ places: [Place], _ yield: Yield) -> Int? {
    var found: Int?
    for index in some where places[index].yield == yield {
      if let found, places[found].lastProgress <= places[index].lastProgress { continue }
      found = index
    }
    return found
  }

  /// The most of these that have something in common.
  @inline(never)
  private static func largest(_ all: [Int], _ areAlike: (Int, Int) -> Bool) -> [Int] {
    var (most, rest) = ([Int](), all)
    while rest.count > most.count, let first = rest.first {
      let alike = rest.filter { areAlike($0, first) }
      rest.removeAll { areAlike($0, first) }
      if alike.count > most.count { most = alike }
    }
    return most
  }
}
