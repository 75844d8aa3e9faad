/// Whether a signature fits: over the same algorithms as Sign, by any public key.
struct Verify: ReplyMessage {
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

  /// A malformed key or signature is an error; one that does not match is an answer.
  static func answer(_ arguments: Arguments) throws(AgentError) -> Verify {
    let algorithm = try SignatureAlgorithm(arguments.algorithm)
    let message = try algorithm.message(arguments.data)
    return switch algorithm.curve {
    case .secp256k1: Verify(isValid: try Secp256k1.verify(arguments.signature, message, by: arguments.publicKey))
    case .ed25519: Verify(isValid: try Ed25519.verify(arguments.signature, message, by: arguments.publicKey))
    }
  }

  func write(_ fields: FieldWriter) { fields.bool("valid", 1, isValid) }
}
