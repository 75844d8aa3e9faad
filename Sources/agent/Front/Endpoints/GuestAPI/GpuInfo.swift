/// How the machine's GPUs do, for its host. This agent reads none; of a card of NVIDIA's it says so.
struct GpuInfo: ReplyMessage {
  let error: [UInt8]

  /// `hasCard`: there is a card of NVIDIA's.
  static func serve(_ call: Call, hasCard: Bool) {
    // upstream's text where the driver is missing, ours where it is there
    let hasDriver = Files.exists(bytes("/proc/driver/nvidia/version"))
    let error: StaticString = hasDriver ? "this agent reads no GPUs" : "NVIDIA driver is not loaded"
    call.reply { GpuInfo(error: hasCard ? bytes(error) : []) }
  }

  func write(_ fields: FieldWriter) {
    fields.messages("gpus", 1, count: 0) { _, _ in }
    fields.string("error", 2, error)
    fields.unset("cc_ready", 3)
    fields.unset("cc_enabled", 4)
    fields.unset("sample_age_ms", 5)
  }
}
