/// The reply of a public method, kept in both forms until RTMR3 is extended, or for a time. The work for one grows with the event log, and
/// one of the methods needs a quote, for which the app's own calls would have to wait.
final class KeptReply {
  private let json: KeptPage
  private let protobuf: KeptPage

  init() { (json, protobuf) = (KeptPage(), KeptPage()) }

  /// A reply that is always the same.
  init(always message: some ReplyMessage) {
    json = KeptPage(always: Call.body(of: message, isJSON: true))
    protobuf = KeptPage(always: Call.body(of: message, isJSON: false))
  }

  /// In one of the forms; nil if it must be remade.
  func answer(isJSON: Bool, _ stamp: Int) -> Response? {
    isJSON ? json.answer(.json, stamp) : protobuf.answer(.binary, stamp)
  }

  /// Keeps one of the forms, for `time` milliseconds and while `stamp` stays the same.
  func keep(_ body: ByteBuffer, isJSON: Bool, _ stamp: Int, for time: Int64) {
    (isJSON ? json : protobuf).keep(body, stamp, for: time)
  }
}
