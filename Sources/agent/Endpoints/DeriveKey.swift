/// A P-256 key of the app, derived from its path or made anew, and a certificate chain for it; answers like GetTlsKey.
enum DeriveKey {
  struct Arguments: RequestMessage {
    var path: [UInt8] = []
    var subject: [UInt8] = []
    var altNames: [[UInt8]] = []
    var usageRATLS = false
    var usageServerAuth = false
    var usageClientAuth = false
    var randomSeed = false

    mutating func read(_ fields: FieldReader) throws(AgentError) {
      try fields.string("path", 1, &path)
      try fields.string("subject", 2, &subject)
      try fields.strings("alt_names", 3, &altNames)
      try fields.bool("usage_ra_tls", 4, &usageRATLS)
      try fields.bool("usage_server_auth", 5, &usageServerAuth)
      try fields.bool("usage_client_auth", 6, &usageClientAuth)
      try fields.bool("random_seed", 7, &randomSeed)
    }
  }

  static func serve(_ call: Call, _ keys: borrowing AppKeys, _ issuer: CertificateIssuer) throws(AgentError) {
    let arguments: Arguments = try call.arguments()
    var request = LeafRequest()
    request.subject = arguments.subject
    request.altNames = arguments.altNames
    request.serverAuth = arguments.usageServerAuth
    request.clientAuth = arguments.usageClientAuth
    let key = try P256(scalar: arguments.randomSeed ? Random.secret(32) : Hash.derive(keys.k256Key, arguments.path))
    GetTlsKey.issue(CertificateOrder(request, key: key, hasEvidence: arguments.usageRATLS), issuer, call)
  }
}
