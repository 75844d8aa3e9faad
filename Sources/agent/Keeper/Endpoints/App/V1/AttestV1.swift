/// A versioned attestation over the caller's report data, always of version 1, and what the startup found out about GPUs.
struct AttestV1: ReplyMessage {
  /// The method's fields (docs/spec/app-v1.md).
  struct Arguments: RequestMessage {
    /// At most 64 bytes.
    var reportData: [UInt8] = []
    var includesGPUEvidence = false

    mutating func read(_ fields: FieldReader) throws(AgentError) {
      try fields.bytes("report_data", 1, &reportData)
      try fields.bool("include_boottime_gpu_evidence", 2, &includesGPUEvidence)
    }
  }

  let attestation: BodyReader
  /// The bytes of the file; nil if there is none, or the caller did not ask.
  let gpuEvidence: [UInt8]?

  /// `/v1/Attest`.
  static func serve(_ call: Call, _ evidence: Evidence, _ binding: ReportDataBinding, _ gpus: GPUEvidence) throws(AgentError) {
    let arguments: Arguments = try call.arguments()
    guard arguments.reportData.count <= VersionedAttestation.reportDataSize else { throw .invalid("report data is too long") }
    evidence.attestation(try binding.bound(arguments.reportData), for: call.peer) { result in
      call.reply { () throws(AgentError) in
        let attestation = try result.get().encoded(stripped: false, for: .v1)
        return AttestV1(attestation: attestation, gpuEvidence: arguments.includesGPUEvidence ? gpus.read() : nil)
      }
    }
  }

  func write(_ fields: FieldWriter) {
    fields.content("attestation", 1, attestation)
    fields.messages("boottime_gpu_evidence", 2, count: gpuEvidence == nil ? 0 : 1) { _, fields in
      fields.string("vendor", 1, bytes("nvidia"))
      fields.string("format", 2, bytes("nvidia-nvattest-boottime-json-v1"))
      fields.bytes("evidence", 3, gpuEvidence ?? [])
    }
  }
}
