/// A versioned attestation over the caller's report data.
struct Attest: ReplyMessage {
  let attestation: BodyReader

  /// `/Attest`.
  static func serve(_ call: Call, _ evidence: Evidence, _ binding: ReportDataBinding) throws(AgentError) {
    let arguments: ReportDataArguments = try call.arguments()
    evidence.attestation(try binding.bound(arguments.reportData), for: call.peer) { result in
      call.reply { () throws(AgentError) in Attest(attestation: try result.get().encoded(stripped: false, for: .v0)) }
    }
  }

  func write(_ fields: FieldWriter) { fields.content("attestation", 1, attestation) }
}
