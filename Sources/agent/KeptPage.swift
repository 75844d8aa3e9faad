/// A page that is made once in `Limits.reading` at most, however many want it.
final class KeptPage {
  private var body: ByteBuffer?
  private var expiry = Int64.min

  /// Nil when it is time to make it anew.
  var current: ByteBuffer? { Clock.monotonic() < expiry ? body : nil }

  func keep(_ body: ByteBuffer) {
    self.body = body
    expiry = Clock.monotonic() + Limits.reading
  }
}
