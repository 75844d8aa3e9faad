/// The state of the machine's GPUs, for its host. This agent reads none, and says so if there is an NVIDIA card.
struct GpuInfo: ReplyMessage {
  let error: [UInt8]

  /// `hasCard`: the machine has an NVIDIA card.
  static func serve(_ call: Call, hasCard: Bool) {
    // upstream's text if the driver is missing, ours if it is loaded
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
