/// Certificates that the app's own CA signs: at once, or after the quote that they shall carry.
final class LocalIssuer: CertificateIssuer {
  private let authority: LocalAuthority
  private let evidence: Evidence

  init(_ authority: consuming LocalAuthority, _ evidence: Evidence) {
    self.authority = authority
    self.evidence = evidence
  }

  override func start(_ order: CertificateOrder, _ answer: @escaping Answer) throws(AgentError) {
    if order.hasAppInfo {
      order.request.extensions.append((number: 9, content: try evidence.measure().app.certificateExtension))
    }
    guard order.hasEvidence else { return answer(.success(try authority.issue(order.request, for: order.key))) }
    evidence.attestation(order.reportData, for: order.caller) { [self] result in
      do throws(AgentError) {
        order.request.extensions += try Self.extensions(result.get(), order.version)
        answer(.success(try authority.issue(order.request, for: order.key)))
      } catch {
        answer(.failure(error))
      }
    }
  }

  /// The attestation, and for v0 beside it the quote and the log as releases up to 0.5.8 put them and one SDK still wants them.
  private static func extensions(
    _ attestation: VersionedAttestation, _ version: APIVersion
  ) throws(AgentError) -> [(number: UInt8, content: [UInt8])] {
    var extensions: [(number: UInt8, content: [UInt8])] = [(8, try attestation.encoded(stripped: true, for: version))]
    if version == .v0 { extensions += [(1, attestation.quote), (2, attestation.log.json)] }
    return extensions
  }
}
