/// How the machine's GPUs do, for its host. This agent reads none: it says whether there is one.
struct GpuInfo: ReplyMessage {
  let error: [UInt8]

  static func serve(_ call: Call) {
    call.reply { GpuInfo(error: []) }
  }

  func write(_ fields: FieldWriter) {
    fields.messages("gpus", 1, count: 0) { _, _ in }
    fields.string("error", 2, error)
    fields.unset("cc_ready", 3)
    fields.unset("cc_enabled", 4)
    fields.unset("sample_age_ms", 5)
  }
}
