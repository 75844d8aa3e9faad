/// GetKey under other field names.
struct DeriveK256Key: ReplyMessage, ~Copyable {
  private let derived: GetKey

  static func serve(_ call: Call, _ keys: borrowing AppKeys) {
    call.reply { () throws(AgentError) in DeriveK256Key(derived: try GetKey(call.arguments(), keys)) }
  }

  func write(_ fields: FieldWriter) {
    fields.secretBytes("k256_key", 1, derived.key)
    fields.bytesList("k256_signature_chain", 2, derived.signatureChain)
  }
}
