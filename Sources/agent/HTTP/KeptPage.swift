/// A public answer that is remade at most once per period, however many clients ask.
final class KeptPage {
  private var body: ByteBuffer?
  /// The ready-made response, if the body is short.
  private var response: Response?
  private var stamp = 0
  private var expiry = Int64.min

  init() {}

  /// A page that never changes.
  init(always body: ByteBuffer) { (self.body, expiry) = (body, Int64.max) }

  /// Nil if the page must be remade: it has expired, or was kept with another `stamp`.
  func current(_ stamp: Int = 0) -> ByteBuffer? { isCurrent(stamp) ? body : nil }

  private func isCurrent(_ stamp: Int) -> Bool {
    self.stamp == stamp && (expiry == Int64.max || Clock.monotonic() < expiry)
  }

  /// The same as a response. `type` must be the same in every call.
  func answer(_ type: Response.ContentType, _ stamp: Int) -> Response? {
    guard isCurrent(stamp) else { return nil }
    if let response { return response }
    guard let body else { return nil }
    let made = Response(type, body).kept()
    if !made.whole.isEmpty { response = made }
    return made
  }

  /// Keeps the page for `time` milliseconds.
  func keep(_ body: ByteBuffer, _ stamp: Int = 0, for time: Int64 = Limits.reading) {
    (self.body, self.stamp, expiry) = (body, stamp, Clock.monotonic() + time)
    response = nil
  }
}
