/// A fresh P-256 key and a certificate chain for it.
struct GetTlsKey: ReplyMessage, ~Copyable {
  struct Arguments: RequestMessage {
    var subject: [UInt8] = []
    var altNames: [[UInt8]] = []
    var usageRATLS = false
    var usageServerAuth = false
    var usageClientAuth = false
    /// Seconds since 1970.
    var notBefore: UInt64?
    var notAfter: UInt64?
    var withAppInfo = false

    mutating func read(_ fields: FieldReader) throws(AgentError) {
      try fields.string("subject", 1, &subject)
      try fields.strings("alt_names", 2, &altNames)
      try fields.bool("usage_ra_tls", 3, &usageRATLS)
      try fields.bool("usage_server_auth", 4, &usageServerAuth)
      try fields.bool("usage_client_auth", 5, &usageClientAuth)
      try fields.optional("not_before", 6, &notBefore)
      try fields.optional("not_after", 7, &notAfter)
      try fields.bool("with_app_info", 8, &withAppInfo)
    }
  }

  /// PKCS#8 in PEM.
  let key: Secret
  /// PEM, leaf first.
  let certificateChain: [[UInt8]]

  static func serve(_ call: Call, _ issuer: CertificateIssuer) throws(AgentError) {
    let arguments: Arguments = try call.arguments()
    var request = LeafRequest()
    request.subject = arguments.subject
    request.altNames = arguments.altNames
    request.serverAuth = arguments.usageServerAuth
    request.clientAuth = arguments.usageClientAuth
    request.notBefore = arguments.notBefore
    request.notAfter = arguments.notAfter
    let order = try CertificateOrder(
      request, key: .generate(), hasEvidence: arguments.usageRATLS, hasAppInfo: arguments.withAppInfo)
    issue(order, issuer, call)
  }

  /// Answers with the order's key and its certificates.
  static func issue(_ order: CertificateOrder, _ issuer: CertificateIssuer, _ call: Call) {
    issuer.issue(order) { chain in
      call.reply { () throws(AgentError) in GetTlsKey(key: try order.key.pem(), certificateChain: try chain.get()) }
    }
  }

  func write(_ fields: FieldWriter) {
    fields.secretString("key", 1, key)
    fields.strings("certificate_chain", 2, certificateChain)
  }
}
