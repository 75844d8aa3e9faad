/// A reply of a method that anyone may call, kept in each of its forms until RTMR3 is extended, or for a time. What is behind it grows
/// with the event log, and one of them takes a quote, which the app's own calls have to wait for.
final class KeptReply {
  let json: KeptPage
  let protobuf: KeptPage

  init() { (json, protobuf) = (KeptPage(), KeptPage()) }

  /// A reply that is always the same.
  init(always message: some ReplyMessage) {
    json = KeptPage(always: Call.body(of: message, isJSON: true))
    protobuf = KeptPage(always: Call.body(of: message, isJSON: false))
  }
}
