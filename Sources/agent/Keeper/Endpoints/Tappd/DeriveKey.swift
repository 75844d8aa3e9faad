/// A P-256 key of the app, derived from a path or random, and a certificate chain for it; answers like GetTlsKey.
enum DeriveKey {
  /// The method's fields (docs/spec/tappd.md).
  struct Arguments: RequestMessage {
    var path: [UInt8] = []
    var leaf = LeafRequest()
    var hasEvidence = false
    var isRandom = false

    mutating func read(_ fields: FieldReader) throws(AgentError) {
      try fields.string("path", 1, &path)
      try fields.string("subject", 2, &leaf.subject)
      try fields.strings("alt_names", 3, &leaf.altNames)
      try fields.bool("usage_ra_tls", 4, &hasEvidence)
      try fields.bool("usage_server_auth", 5, &leaf.serverAuth)
      try fields.bool("usage_client_auth", 6, &leaf.clientAuth)
      try fields.bool("random_seed", 7, &isRandom)
    }

    func reduce() throws(AgentError) {
      guard path.count <= Limits.keyPath else { throw .invalid("the path is longer than 64 KiB") }
      try leaf.check()
    }
  }

  /// `/prpc/DeriveKey`.
  static func serve(_ call: Call, _ keys: AppKeys, _ issuer: CertificateIssuer) throws(AgentError) {
    let arguments: Arguments = try call.arguments()
    let key = try P256(scalar: arguments.isRandom ? Random.secret(32) : Hash.derive(keys.k256Key, arguments.path))
    GetTlsKey.issue(
      CertificateOrder(arguments.leaf, key: key, hasEvidence: arguments.hasEvidence, version: .v0, for: call), issuer, call
    )
  }
}
