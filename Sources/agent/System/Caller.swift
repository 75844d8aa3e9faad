/// Who is at the other end of a connection, looked up when somebody first asks.
final class Caller {
  private var descriptor: Int32
  /// Who it is.
  private(set) lazy var peer = Peer(of: descriptor, known)
  private let known: KnownProcesses

  /// On a connected socket.
  init(on descriptor: Int32, _ known: KnownProcesses) { (self.descriptor, self.known) = (descriptor, known) }

  /// A peer that is known already.
  init(_ peer: Peer) {
    (descriptor, known) = (-1, KnownProcesses())
    self.peer = peer
  }

  /// The connection is closed, and its descriptor number may be reused. A caller that has not been looked up by then stays
  /// unknown.
  func leave() { descriptor = -1 }
}
