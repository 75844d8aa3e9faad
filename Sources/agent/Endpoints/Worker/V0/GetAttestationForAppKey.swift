/// A quote that binds the public key that Sign signs by, for anyone: who trusts the quote can trust the app's signatures.
enum GetAttestationForAppKey {
  struct Arguments: RequestMessage {
    var algorithm: [UInt8] = []

    mutating func read(_ fields: FieldReader) throws(AgentError) { try fields.string("algorithm", 1, &algorithm) }
  }

  /// What anyone gets for a key of one curve, and the replies with it, which are kept as long as it is.
  final class Kept {
    fileprivate let attestation: PublicAttestation
    fileprivate let reply = KeptReply()

    init(_ attestation: PublicAttestation) { self.attestation = attestation }
  }

  static func serve(
    _ call: Call, _ keys: borrowing AppKeys, _ signingKeys: SigningKeys, _ evidence: Evidence, secp256k1: Kept, ed25519: Kept
  ) throws(AgentError) {
    let arguments: Arguments = try call.arguments()
    let curve = try SignatureAlgorithm(arguments.algorithm).curve
    let kept = curve == .ed25519 ? ed25519 : secp256k1
    let attestation = kept.attestation
    try evidence.requireQuotes()
    if call.reply(from: kept.reply, attestation.number) { return }
    attestation.request(reportData(try signingKeys.key(curve, of: keys).key.publicKey, curve)) { result in
      call.reply(keptIn: kept.reply, attestation.number, for: attestation.expiry - Clock.monotonic()) { () throws(AgentError) in
        GetQuote(attestation: try result.get())
      }
    }
  }

  /// At most 64 bytes, which is what a compressed secp256k1 key takes.
  private static func reportData(_ key: [UInt8], _ curve: KeyCurve) -> [UInt8] {
    bytes(curve == .ed25519 ? "dip1::ed25519-pk:" : "dip1::secp256k1c-pk:") + Base64.encodeURL(key)
  }
}
