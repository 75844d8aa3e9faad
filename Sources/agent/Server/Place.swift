/// A place in the table of a listener's connections.
struct Place {
  let holder: Peer
  /// Whether its connection may be closed to make room.
  let givesWay: Bool
  /// When something was read or written on it last, by the loop's time.
  let lastProgress: Int64

  /// The place to clear for a newcomer: of the group that holds most, and in it of the user that holds most, the one that has been
  /// without progress for longest. Nil if the newcomer's group holds as much, or in that group the newcomer himself, or if each of
  /// these connections is being answered.
  static func toClear(_ places: [Place], for newcomer: Peer) -> Int? {
    let group = largest(Array(places.indices)) { places[$0].holder.group == places[$1].holder.group }
    let user = largest(group) { places[$0].holder.user == places[$1].holder.user }
    guard let holder = user.first.map({ places[$0].holder }) else { return nil }
    let isHisGroup = holder.group == newcomer.group
    let own = places.count { $0.holder.group == newcomer.group && (!isHisGroup || $0.holder.user == newcomer.user) }
    guard (isHisGroup ? user : group).count > own else { return nil }
    var found: Int?
    for index in user where places[index].givesWay {
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
