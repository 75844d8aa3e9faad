/// An answer for anyone that is made anew at most once in a time, however many want it.
final class KeptPage {
  private var body: BodyReader?
  private var expiry = Int64.min

  /// Nil when it is time to make it anew.
  var current: BodyReader? { Clock.monotonic() < expiry ? body?.copy() : nil }

  /// What is made of a page, to be sent; others get copies of it for `Limits.reading`.
  func keep(_ body: BodyReader) -> BodyReader {
    (self.body, expiry) = (body, Clock.monotonic() + Limits.reading)
    return body.copy()
  }
}
