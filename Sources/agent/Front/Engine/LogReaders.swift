/// Limits how many logs are read at once, and how many of them are followed. When there are as many, the address that has the most gives way
/// (`Place.toClear`): its oldest log is cut off.
final class LogReaders {
  private final class Reader {
    let peer: Peer
    let stream: BodyStream

    init(_ peer: Peer, _ stream: BodyStream) { (self.peer, self.stream) = (peer, stream) }
  }

  private var all: [Reader] = []

  /// Throws if there are too many already, and nobody has to give way.
  func add(_ stream: BodyStream, for peer: Peer) throws(AgentError) {
    // first among followers: a follower that is refused there costs nobody a place, and one that is cut off there frees one of all
    if stream.isEndless { try makeRoom(Limits.followers, isForAll: false, for: peer) }
    try makeRoom(Limits.logReaders, isForAll: true, for: peer)
    all.append(Reader(peer, stream))
  }

  /// Makes room for another.
  @inline(never)
  func remove(_ stream: BodyStream) {
    for index in all.indices where all[index].stream === stream {
      all.remove(at: index)
      return
    }
  }

  @inline(never)
  private func makeRoom(_ limit: Int, isForAll: Bool, for peer: Peer) throws(AgentError) {
    var places: [Place] = []
    var readers: [Reader] = []
    for reader in all where isForAll || reader.stream.isEndless {
      // one that is still being asked for cannot be cut off
      places.append(Place(holder: reader.peer, yield: reader.stream.abandoned == nil ? .atWorst : .first, lastProgress: 0))
      readers.append(reader)
    }
    if places.count < limit { return }
    guard let index = Place.toClear(places, for: peer), places[index].yield == .first else {
      throw .unavailable("too many logs are read at present")
    }
    readers[index].stream.cutOff()
  }
}
