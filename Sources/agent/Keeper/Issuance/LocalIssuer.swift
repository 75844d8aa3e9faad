/// Certificates that the app's own CA signs: at once, or after the quote that they are to carry.
final class LocalIssuer: CertificateIssuer {
  private let authority: LocalAuthority
  private let evidence: Evidence

  init(_ authority: LocalAuthority, _ evidence: Evidence) {
    self.authority = authority
    self.evidence = evidence
  }

  override func start(_ order: CertificateOrder, _ answer: @escaping Answer) throws(AgentError) {
    try check(authority)
    if order.hasAppInfo {
      let content = ByteBuffer(holding: try evidence.measure().app.certificateExtension)
      order.request.extensions.append((number: 9, content: JoinedBody(content)))
    }
    guard order.hasEvidence else { return try sign(order, answer) }
    evidence.attestation(order.reportData, for: order.caller) { [self] result in
      do throws(AgentError) {
        order.request.extensions += try Self.extensions(result.get(), order.version)
        try sign(order, answer)
      } catch {
        answer(.failure(error))
      }
    }
  }

  private func sign(_ order: CertificateOrder, _ answer: @escaping Answer) throws(AgentError) {
    let body = try authority.body(order.request, for: order.key)
    evidence.digest(body, for: order) { [self] digest in
      answer(Result { () throws(AgentError) in try authority.issue(body, digest.get()) })
    }
  }

  /// The attestation, and for v0 also the quote and the log as releases up to 0.5.8 put them there, which one SDK still needs.
  private static func extensions(
    _ attestation: VersionedAttestation, _ version: APIVersion
  ) throws(AgentError) -> [LeafRequest.Extension] {
    var extensions: [LeafRequest.Extension] = [(8, try attestation.encoded(stripped: true, for: version))]
    if version == .v0 {
      extensions += [(1, JoinedBody(attestation.quote)), (2, attestation.log.json)]
    }
    return extensions
  }
}
