/// The GPU attestation that the image's start-up left behind, verbatim; empty where there is none.
struct GpuInfo: ReplyMessage {
  static let file: StaticString = "/run/nvidia-gpu-attestation/attestation.out"

  let attestation: [UInt8]

  static func serve(_ call: Call) { call.reply { () throws(AgentError) in GpuInfo(attestation: try read()) } }

  private static func read() throws(AgentError) -> [UInt8] {
    let path = bytes(file)
    if !Files.exists(path) { return [] }
    return try AgentError.during("the GPU attestation", try Files.read(path, limit: Limits.gpuAttestation))
  }

  func write(_ fields: FieldWriter) { fields.string("attestation", 1, attestation) }
}
