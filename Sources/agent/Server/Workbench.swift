/// What a loop's connections share, so that none needs its own: a request that arrives whole and is answered at once leaves nothing on its
/// connection.
final class Workbench {
  /// For one read.
  private(set) var input = [UInt8](repeating: 0, count: Limits.readChunk)
  /// For one write.
  let output = ByteBuffer(capacity: 1024)
  /// For the next request.
  private(set) var exchange = Exchange()
  /// For finding out who has connected.
  let processes = KnownProcesses()

  /// Reads once from a socket into `input`.
  func receive(from descriptor: Int32) -> Transfer { IO.receive(descriptor, into: &input) }

  /// Whether the first `count` bytes of `input` are a whole request with the same head as the last one, and nothing else: then `exchange` has
  /// it. Most clients that keep their connection repeat their head.
  func hasRepetition(_ count: Int) -> Bool { exchange.request.isRepeated(by: input, count) }

  /// The next request gets a new exchange: this one may be in use for longer.
  func replaceExchange() { exchange = Exchange() }

  /// The request is answered. Its head is kept for the next one.
  func reuseExchange() {
    if isKnownUniquelyReferenced(&exchange) { exchange.clear() } else { replaceExchange() }
  }

  /// Erases what was read.
  func wipeInput() {
    wipe(&input)
    exchange.request.wipe()
  }
}
