/// A quote that binds the public key that Sign signs by, for anyone: who trusts the quote can trust the app's signatures.
enum GetAttestationForAppKey {
  struct Arguments: RequestMessage {
    var algorithm: [UInt8] = []

    mutating func read(_ fields: FieldReader) throws(AgentError) { try fields.string("algorithm", 1, &algorithm) }
  }

  /// The replies for either curve, which are kept.
  final class Kept {
    fileprivate let secp256k1 = KeptReply()
    fileprivate let ed25519 = KeptReply()
  }

  static func serve(
    _ call: Call, _ keys: borrowing AppKeys, _ signingKeys: SigningKeys, _ evidence: Evidence, _ kept: Kept
  ) throws(AgentError) {
    let arguments: Arguments = try call.arguments()
    let curve = try SignatureAlgorithm(arguments.algorithm).curve
    let kept = curve == .ed25519 ? kept.ed25519 : kept.secp256k1
    try evidence.requireQuotes()
    let stamp = try evidence.stamp()
    if call.reply(from: kept, stamp) { return }
    evidence.attestation(reportData(try signingKeys.key(curve, of: keys).key.publicKey, curve)) { result in
      call.reply(keptIn: kept, stamp, for: Limits.attestationReuse) { () throws(AgentError) in
        GetQuote(attestation: try result.get())
      }
    }
  }

  /// At most 64 bytes, which is what a compressed secp256k1 key takes.
  private static func reportData(_ key: [UInt8], _ curve: KeyCurve) -> [UInt8] {
    bytes(curve == .ed25519 ? "dip1::ed25519-pk:" : "dip1::secp256k1c-pk:") + Base64.encodeURL(key)
  }
}
