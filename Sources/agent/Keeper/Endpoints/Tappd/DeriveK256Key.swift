/// GetKey with other field names.
struct DeriveK256Key: ReplyMessage, ~Copyable {
  let reply: GetKey

  /// `/prpc/DeriveK256Key`.
  static func serve(_ call: Call, _ keys: AppKeys) {
    call.reply { () throws(AgentError) in DeriveK256Key(reply: try GetKey(call.arguments(), keys)) }
  }

  func write(_ fields: FieldWriter) {
    fields.secretBytes("k256_key", 1, reply.derived.secret)
    fields.bytesList("k256_signature_chain", 2, reply.derived.signatureChain)
  }
}
