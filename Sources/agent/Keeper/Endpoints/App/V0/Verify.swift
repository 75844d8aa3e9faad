/// Whether a signature is valid: by the same algorithms as Sign, with any public key.
struct Verify: ReplyMessage {
  /// The method's fields (docs/spec/app-v0.md).
  struct Arguments: RequestMessage {
    var algorithm: [UInt8] = []
    var data: [UInt8] = []
    var signature: [UInt8] = []
    var publicKey: [UInt8] = []

    mutating func read(_ fields: FieldReader) throws(AgentError) {
      try fields.string("algorithm", 1, &algorithm)
      try fields.bytes("data", 2, &data)
      try fields.bytes("signature", 3, &signature)
      try fields.bytes("public_key", 4, &publicKey)
    }
  }

  let isValid: Bool

  /// `/Verify`.
  static func serve(_ call: Call) { call.reply { () throws(AgentError) in try Verify(call.arguments()) } }

  /// A malformed key or signature is an error; one that does not match is an answer.
  init(_ arguments: Arguments) throws(AgentError) {
    let algorithm = try SignatureAlgorithm(arguments.algorithm)
    let (signature, key) = (arguments.signature, arguments.publicKey)
    switch algorithm {
    case .ed25519: isValid = try Ed25519.verify(signature, arguments.data, by: key)
    case .secp256k1: isValid = try Secp256k1.verify(signature, Hash.sha256(arguments.data), by: key)
    case .secp256k1Prehashed:
      // data shorter than half a digest are never valid, as in upstream's library
      let fits = try Secp256k1.verify(signature, Self.scalar(arguments.data), by: key)
      isValid = fits && arguments.data.count >= 16
    }
  }

  /// The 32 bytes that stand for a digest: the first 32 bytes of data, or fewer with zeros before them (SEC 1 §4.1.4).
  private static func scalar(_ data: [UInt8]) -> [UInt8] {
    [UInt8](repeating: 0, count: max(0, 32 - data.count)) + data.prefix(32)
  }

  func write(_ fields: FieldWriter) { fields.bool("valid", 1, isValid) }
}
