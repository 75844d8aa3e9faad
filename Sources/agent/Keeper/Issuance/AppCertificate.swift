/// The certificate with evidence by which others recognise this instance.
final class AppCertificate {
  /// PEM, leaf first. Nil until there is one.
  private(set) var chain: BodyReader?
  /// Called after each attempt.
  var tried: () -> Void = {}
  private let issuer: CertificateIssuer
  /// When the next attempt may begin, in milliseconds of `Clock.monotonic`.
  private var due: Int64 = 0

  init(_ issuer: CertificateIssuer) { self.issuer = issuer }

  /// Begins to make the certificate, unless there is one. The next attempt after a failure comes `Limits.appCertPause` later at
  /// the earliest.
  func make() {
    guard chain == nil, Clock.monotonic() >= due else { return }
    due = Int64.max
    order { [self] result in
      switch result {
      case .success(let chain): self.chain = Self.joined(chain)
      case .failure(let error):
        due = Clock.monotonic() + Limits.appCertPause
        Log.warning(bytes("no app certificate: ", error.text))
      }
      tried()
    }
  }

  /// The certificates with an empty line between them.
  private static func joined(_ chain: [BodyReader]) -> BodyReader {
    let out = ByteBuffer()
    for certificate in chain {
      if !out.inserts.isEmpty { out.append("\n") }
      out.insert(certificate)
    }
    return JoinedBody(out)
  }

  private func order(_ answer: @escaping CertificateIssuer.Answer) {
    let request = LeafRequest(subject: bytes("demo-cert"), clientAuth: true)
    do throws(AgentError) {
      issuer.issue(CertificateOrder(request, key: try .generate(), hasEvidence: true, version: .v0, for: nil), answer)
    } catch {
      answer(.failure(error))
    }
  }
}
