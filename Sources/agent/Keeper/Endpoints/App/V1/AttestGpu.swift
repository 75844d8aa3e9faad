/// GPU evidence over the caller's nonce, which this agent cannot give: it does not run `nvattest`.
enum AttestGpu {
  /// The method's fields (docs/spec/app-v1.md).
  struct Arguments: RequestMessage {
    var nonce: [UInt8] = []

    mutating func read(_ fields: FieldReader) throws(AgentError) { try fields.bytes("nonce", 1, &nonce) }
  }

  /// `/v1/AttestGpu`.
  static func serve(_ call: Call) throws(AgentError) {
    let arguments: Arguments = try call.arguments()
    guard arguments.nonce.count == 32 else {
      let text = bytes("GPU attestation failed: nonce must be exactly 32 bytes, got ", decimal(arguments.nonce.count))
      throw AgentError(.invalid, text)
    }
    throw AgentError(.notImplemented, bytes("GPU attestation failed: GPU attestation is not available in this image"))
  }
}
