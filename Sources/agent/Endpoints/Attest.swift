/// A versioned attestation over the caller's report data.
struct Attest: ReplyMessage {
  let attestation: [UInt8]

  init(_ attestation: VersionedAttestation) throws(AgentError) {
    let out = ByteBuffer()
    try attestation.write(to: out, stripped: false)
    self.attestation = out.take()
  }

  static func serve(_ call: Call, _ evidence: Evidence) throws(AgentError) {
    let arguments: ReportDataArguments = try call.arguments()
    evidence.attestation(arguments.reportData) { result in
      call.reply { () throws(AgentError) in try Attest(result.get()) }
    }
  }

  func write(_ fields: FieldWriter) { fields.bytes("attestation", 1, attestation) }
}
