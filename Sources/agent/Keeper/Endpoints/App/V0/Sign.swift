/// A signature by the app's signing key: the key of GetKey with path `vms` and purpose `signing`.
struct Sign: ReplyMessage {
  /// The method's fields (docs/spec/app-v0.md).
  struct Arguments: RequestMessage {
    var algorithm: [UInt8] = []
    var data: [UInt8] = []

    mutating func read(_ fields: FieldReader) throws(AgentError) {
      try fields.string("algorithm", 1, &algorithm)
      try fields.bytes("data", 2, &data)
    }
  }

  /// 64 bytes.
  let signature: [UInt8]
  /// The signature, then GetKey's chain of the signing key.
  let signatureChain: [[UInt8]]
  /// 33 bytes (secp256k1, compressed) or 32 (Ed25519).
  let publicKey: [UInt8]

  /// `/Sign`.
  static func serve(_ call: Call, _ keys: AppKeys, _ signingKeys: SigningKeys) {
    call.reply { () throws(AgentError) in
      let arguments: Arguments = try call.arguments()
      let algorithm = try SignatureAlgorithm(arguments.algorithm)
      let signer = try signingKeys.key(algorithm.curve, of: keys)
      let signature = try signer.sign(algorithm.message(arguments.data))
      return Sign(
        signature: signature, signatureChain: [signature] + signer.signatureChain, publicKey: signer.publicKey)
    }
  }

  func write(_ fields: FieldWriter) {
    fields.bytes("signature", 1, signature)
    fields.bytesList("signature_chain", 2, signatureChain)
    fields.bytes("public_key", 3, publicKey)
  }
}
