/// A key of the app for a domain and an algorithm: the same in every call and every instance.
struct GetKeyV1: ReplyMessage, ~Copyable {
  /// The method's fields (docs/spec/app-v1.md).
  struct Arguments: RequestMessage {
    /// Any UTF-8. Domains have no hierarchy.
    var domain: [UInt8] = []
    var algorithm: [UInt8] = []

    mutating func read(_ fields: FieldReader) throws(AgentError) {
      try fields.string("domain", 1, &domain)
      try fields.string("algorithm", 2, &algorithm)
    }
  }

  let derived: DerivedKey

  init(_ arguments: Arguments, _ keys: AppKeys) throws(AgentError) {
    guard let curve = KeyCurve(arguments.algorithm) else { throw Self.unsupported(arguments.algorithm) }
    derived = try DerivedKey(keys, domain: arguments.domain, curve)
  }

  /// `/v1/GetKey`.
  static func serve(_ call: Call, _ keys: AppKeys) {
    call.reply { () throws(AgentError) in try GetKeyV1(call.arguments(), keys) }
  }

  /// There is neither a default nor an alias. Clients look for these texts, which quote the name as far as it is printable.
  private static func unsupported(_ algorithm: [UInt8]) -> AgentError {
    if algorithm.isEmpty { return .invalid("algorithm is required, use `secp256k1` or `ed25519`") }
    let name = printable(algorithm.prefix(Limits.quotedName))
    let text = bytes("unsupported algorithm")
    let quote = bytes(" `", name) + "`, use `secp256k1` or `ed25519`"
    return AgentError(.invalid, text + quote, quotesFrom: text.count)
  }

  func write(_ fields: FieldWriter) {
    fields.secretBytes("key", 1, derived.secret)
    fields.bytes("public_key", 2, derived.publicKey)
    fields.bytesList("signature_chain", 3, derived.signatureChain)
  }
}
