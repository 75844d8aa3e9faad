/// A fresh P-256 key, and a certificate chain for it: GetTlsKey with evidence in the newest form only.
enum IssueCert {
  /// `/v1/IssueCert`.
  static func serve(_ call: Call, _ issuer: CertificateIssuer) throws(AgentError) {
    try GetTlsKey.serve(call, issuer, .v1)
  }
}
