/// GetKey under other field names.
struct DeriveK256Key: ReplyMessage, ~Copyable {
  let derived: GetKey

  static func answer(_ arguments: GetKey.Arguments, _ agent: Agent) throws(AgentError) -> DeriveK256Key {
    DeriveK256Key(derived: try GetKey.answer(arguments, agent))
  }

  func write(_ fields: FieldWriter) {
    fields.secretBytes("k256_key", 1, derived.key)
    fields.bytesList("k256_signature_chain", 2, derived.signatureChain)
  }
}
