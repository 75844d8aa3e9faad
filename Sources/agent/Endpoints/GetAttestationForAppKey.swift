/// A quote that binds the public key that Sign signs by, for anyone: who trusts the quote can trust the app's signatures.
enum GetAttestationForAppKey {
  struct Arguments: RequestMessage {
    var algorithm: [UInt8] = []

    mutating func read(_ fields: FieldReader) throws(AgentError) { try fields.string("algorithm", 1, &algorithm) }
  }

  static func start(_ arguments: Arguments, _ agent: Agent, _ call: Call) throws(AgentError) {
    let curve = try SignatureAlgorithm(arguments.algorithm).curve
    let kept = curve == .ed25519 ? agent.ed25519Attestation : agent.secp256k1Attestation
    let stamp = try agent.evidence.stamp()
    if call.reply(from: kept, stamp) { return }
    try agent.evidence.attestation(reportData(try agent.signingKey(curve).key.publicKey, curve)) { result in
      switch result {
      case .success(let attestation): call.reply(GetQuote(attestation), keptIn: kept, stamp, for: Limits.attestationReuse)
      case .failure(let error): call.fail(error)
      }
    }
  }

  /// At most 64 bytes, which is what a compressed secp256k1 key takes.
  private static func reportData(_ key: [UInt8], _ curve: KeyCurve) -> [UInt8] {
    var text = curve == .ed25519 ? bytes("dip1::ed25519-pk:") : bytes("dip1::secp256k1c-pk:")
    text += Base64.encodeURL(key)
    return text
  }
}
