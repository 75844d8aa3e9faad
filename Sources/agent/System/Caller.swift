/// Who is at the other end of a connection. That is looked up when somebody asks for the first time.
final class Caller {
  private var descriptor: Int32
  private(set) lazy var peer = Peer(of: descriptor)

  init(on descriptor: Int32) { self.descriptor = descriptor }

  /// One who is known.
  init(_ peer: Peer) {
    descriptor = -1
    self.peer = peer
  }

  /// The connection is gone, and its number may be another's. Who has not been looked up will not be known.
  func leave() { descriptor = -1 }
}
