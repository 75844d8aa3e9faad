/// A quote, with what explains it.
struct QuoteReply: ReplyMessage {
  let quote: [UInt8]
  /// JSON.
  let eventLog: BodyReader
  let reportData: [UInt8]
  let vmConfig: [UInt8]

  func write(_ fields: FieldWriter) {
    fields.bytes("quote", 1, quote)
    fields.text("event_log", 2, eventLog)
    fields.bytes("report_data", 3, reportData)
    fields.string("vm_config", 4, vmConfig)
  }
}
