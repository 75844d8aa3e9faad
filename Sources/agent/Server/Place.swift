/// A place in the table of a listener's connections.
struct Place {
  /// When its connection may be closed to make room.
  enum Yield {
    case first
    /// Only if no other one of its holder may be.
    case last
    case never
  }

  let holder: Peer
  let yield: Yield
  /// When something was read or written on it last, by the loop's time.
  let lastProgress: Int64

  /// The place to clear for a newcomer: of the group that holds most, and in it of the user that holds most, the one that has been
  /// without progress for longest. Where none of his may be cleared, it is the next one's. Nil if the newcomer's group holds as much, or in
  /// that group the newcomer himself.
  static func toClear(_ places: [Place], for newcomer: Peer) -> Int? {
    var rest = Array(places.indices)
    while true {
      let group = largest(rest) { places[$0].holder.group == places[$1].holder.group }
      let user = largest(group) { places[$0].holder.user == places[$1].holder.user }
      guard let holder = user.first.map({ places[$0].holder }) else { return nil }
      let isHisGroup = holder.group == newcomer.group
      let own = places.count { $0.holder.group == newcomer.group && (!isHisGroup || $0.holder.user == newcomer.user) }
      guard (isHisGroup ? user : group).count > own else { return nil }
      let found = longest(user, places, .first) ?? longest(user, places, .last)
      if found != nil { return found }
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
