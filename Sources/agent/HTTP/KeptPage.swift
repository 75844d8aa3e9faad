/// An answer for anyone that is made anew at most once in a time, however many want it.
final class KeptPage {
  private var body: ByteBuffer?
  /// The answer that is given, if it is short.
  private var response: Response?
  private var stamp = 0
  private var expiry = Int64.min

  init() {}

  /// One that stays as it is.
  init(always body: ByteBuffer) { (self.body, expiry) = (body, Int64.max) }

  /// Nil when it is time to make it anew: when its time is over, or `stamp` is not the one it was kept with.
  func current(_ stamp: Int = 0) -> ByteBuffer? {
    self.stamp == stamp && (expiry == Int64.max || Clock.monotonic() < expiry) ? body : nil
  }

  /// The same as an answer, of a type that is always the same.
  func answer(_ type: Response.ContentType, _ stamp: Int) -> Response? {
    guard let body = current(stamp) else { return nil }
    if let response { return response }
    let made = Response(type, body)
    if made.keep() { response = made }
    return made
  }

  /// For so many milliseconds.
  func keep(_ body: ByteBuffer, _ stamp: Int = 0, for time: Int64 = Limits.reading) {
    (self.body, self.stamp, expiry) = (body, stamp, Clock.monotonic() + time)
    response = nil
  }
}
