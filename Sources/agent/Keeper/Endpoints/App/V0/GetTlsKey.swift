/// A fresh P-256 key, and a certificate chain for it.
struct GetTlsKey: ReplyMessage, ~Copyable {
  /// The method's fields (docs/spec/app-v0.md).
  struct Arguments: RequestMessage {
    var leaf = LeafRequest()
    var hasEvidence = false
    var hasAppInfo = false

    mutating func read(_ fields: FieldReader) throws(AgentError) {
      try fields.string("subject", 1, &leaf.subject)
      try fields.strings("alt_names", 2, &leaf.altNames)
      try fields.bool("usage_ra_tls", 3, &hasEvidence)
      try fields.bool("usage_server_auth", 4, &leaf.serverAuth)
      try fields.bool("usage_client_auth", 5, &leaf.clientAuth)
      try fields.optional("not_before", 6, &leaf.notBefore)
      try fields.optional("not_after", 7, &leaf.notAfter)
      try fields.bool("with_app_info", 8, &hasAppInfo)
    }

    func reduce() throws(AgentError) { try leaf.check() }
  }

  /// PKCS#8 in PEM.
  let key: Secret
  /// PEM, leaf first.
  let certificateChain: [BodyReader]

  /// `/GetTlsKey`.
  static func serve(_ call: Call, _ issuer: CertificateIssuer, _ version: APIVersion) throws(AgentError) {
    let arguments: Arguments = try call.arguments()
    let order = try CertificateOrder(
      arguments.leaf, key: .generate(), hasEvidence: arguments.hasEvidence, hasAppInfo: arguments.hasAppInfo,
      version: version, for: call)
    issue(order, issuer, call)
  }

  /// Answers with the order's key and its chain.
  static func issue(_ order: CertificateOrder, _ issuer: CertificateIssuer, _ call: Call) {
    issuer.issue(order) { chain in
      call.reply { () throws(AgentError) in GetTlsKey(key: try order.key.pem(), certificateChain: try chain.get()) }
    }
  }

  func write(_ fields: FieldWriter) {
    fields.secretString("key", 1, key)
    fields.texts("certificate_chain", 2, certificateChain)
  }
}
