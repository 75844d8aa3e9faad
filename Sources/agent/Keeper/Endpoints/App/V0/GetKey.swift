/// A key of the app, derived from a path: the same in every call and every instance.
struct GetKey: ReplyMessage, ~Copyable {
  /// The method's fields (docs/spec/app-v0.md).
  struct Arguments: RequestMessage {
    var path: [UInt8] = []
    var purpose: [UInt8] = []
    var algorithm: [UInt8] = []

    mutating func read(_ fields: FieldReader) throws(AgentError) {
      try fields.string("path", 1, &path)
      try fields.string("purpose", 2, &purpose)
      try fields.string("algorithm", 3, &algorithm)
    }
  }

  let derived: DerivedKey

  init(_ arguments: Arguments, _ keys: AppKeys) throws(AgentError) {
    guard let curve = KeyCurve(forGetKey: arguments.algorithm) else { throw .unsupportedAlgorithm }
    derived = try DerivedKey(keys, path: arguments.path, purpose: arguments.purpose, curve)
  }

  /// `/GetKey`.
  static func serve(_ call: Call, _ keys: AppKeys) {
    call.reply { () throws(AgentError) in try GetKey(call.arguments(), keys) }
  }

  func write(_ fields: FieldWriter) {
    fields.secretBytes("key", 1, derived.secret)
    fields.bytesList("signature_chain", 2, derived.signatureChain)
  }
}
