/// For anyone: a quote that binds the public key of the app's Sign. Whoever trusts the quote can trust the app's signatures.
enum GetAttestationForAppKey {
  /// The method's fields (docs/spec/external.md).
  struct Arguments: RequestMessage {
    var algorithm: [UInt8] = []

    mutating func read(_ fields: FieldReader) throws(AgentError) { try fields.string("algorithm", 1, &algorithm) }
  }

  /// `secp256k1` and `ed25519` are the replies kept for the keys of each curve. The keeper makes a quote for a key once in
  /// `Limits.attestationReuse`.
  static func serve(
    _ call: Call, _ keeper: KeeperLink, _ log: LogCopy, secp256k1: KeptReply, ed25519: KeptReply
  ) throws(AgentError) {
    let arguments: Arguments = try call.arguments()
    let curve = try SignatureAlgorithm(arguments.algorithm).curve
    let kept = curve == .ed25519 ? ed25519 : secp256k1
    if call.reply(from: kept, 0) { return }
    keeper.ask(.attestation, [curve == .ed25519 ? 1 : 0]) { answer in
      log.get(LogExtent((try? answer.data()) ?? [])) { log in
        call.reply(keptIn: kept, for: Limits.reading) { () throws(AgentError) in
          let data = try answer.data()
          guard let log, let parts = LittleEndianReader.parts(3, of: Array(data.dropFirst(LogExtent.size))) else {
            throw KeeperLink.nonsense
          }
          return QuoteReply(quote: parts[0], eventLog: log.json, reportData: parts[1], vmConfig: parts[2])
        }
      }
    }
  }
}
