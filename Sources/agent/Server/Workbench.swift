/// What the connections of a loop use one after the other, so that none of them has to have, or to make, its own: a turn that finds a
/// whole request and answers it leaves nothing of it on a connection.
final class Workbench {
  /// One read.
  var input = [UInt8](repeating: 0, count: Limits.readChunk)
  /// What leaves in one write.
  let output = ByteBuffer(capacity: 1024)
  /// For the next request.
  private(set) var exchange = Exchange()

  /// The next request needs another exchange: somebody may have this one for longer.
  func replaceExchange() { exchange = Exchange() }

  /// The request is answered.
  func reuseExchange() {
    if isKnownUniquelyReferenced(&exchange) { exchange.clear() } else { replaceExchange() }
  }

  /// Leaves nothing of what was read.
  func wipeInput() { wipe(&input) }
}
