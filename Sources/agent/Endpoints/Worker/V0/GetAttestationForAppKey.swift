/// A quote that binds the public key that Sign signs by, for anyone: who trusts the quote can trust the app's signatures.
enum GetAttestationForAppKey {
  struct Arguments: RequestMessage {
    var algorithm: [UInt8] = []

    mutating func read(_ fields: FieldReader) throws(AgentError) { try fields.string("algorithm", 1, &algorithm) }
  }

  static func serve(
    _ call: Call, _ keys: borrowing AppKeys, _ signingKeys: SigningKeys, _ evidence: Evidence, secp256k1: PublicAttestation,
    ed25519: PublicAttestation
  ) throws(AgentError) {
    let arguments: Arguments = try call.arguments()
    let curve = try SignatureAlgorithm(arguments.algorithm).curve
    let attestation = curve == .ed25519 ? ed25519 : secp256k1
    try evidence.requireQuotes()
    attestation.request(reportData(try signingKeys.key(curve, of: keys).key.publicKey, curve)) { result in
      call.reply { () throws(AgentError) in GetQuote(attestation: try result.get()) }
    }
  }

  /// At most 64 bytes, which is what a compressed secp256k1 key takes.
  private static func reportData(_ key: [UInt8], _ curve: KeyCurve) -> [UInt8] {
    bytes(curve == .ed25519 ? "dip1::ed25519-pk:" : "dip1::secp256k1c-pk:") + Base64.encodeURL(key)
  }
}
