/// A versioned attestation over the caller's report data.
struct Attest: ReplyMessage {
  let attestation: [UInt8]

  init(_ attestation: VersionedAttestation) throws(AgentError) {
    let out = ByteBuffer()
    try attestation.write(to: out, stripped: false)
    self.attestation = out.take()
  }

  static func start(_ arguments: ReportDataArguments, _ agent: Agent, _ call: Call) throws(AgentError) {
    try agent.evidence.attestation(arguments.reportData) { result in
      do throws(AgentError) {
        call.reply(try Attest(result.get()))
      } catch {
        call.fail(error)
      }
    }
  }

  func write(_ fields: FieldWriter) { fields.bytes("attestation", 1, attestation) }
}
