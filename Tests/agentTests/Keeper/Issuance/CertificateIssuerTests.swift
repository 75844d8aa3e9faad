import Testing

@testable import agent

struct CertificateIssuerTests {
  private func issuer(_ file: AppKeyFile) throws -> CertificateIssuer {
    let loop = try Loop()
    let jobs = Jobs(loop)
    let absent = TDXPaths(report: [], measurements: [], device: [], attestConfig: [], ccel: [])
    let evidence = try Evidence(loop, jobs, vmConfig: [], paths: absent)
    return try CertificateIssuer.make(try file.parsed(), evidence, loop, jobs)
  }

  @Test func local() throws {
    #expect(try issuer(AppKeyFile()) is LocalIssuer)
  }

  @Test func kms() throws {
    #expect(try issuer(.ofKMS("https://kms/prpc")) is KMSIssuer)
    #expect(failure { _ = try issuer(.ofKMS("http://kms/prpc")) } == "key_provider: is not a valid https URL")
  }

  /// A CA that cannot work is noticed before anything is quoted or signed.
  @Test(arguments: [false, true]) func wrongPair(ofKMS: Bool) throws {
    var file = ofKMS ? AppKeyFile.ofKMS("https://kms/prpc") : AppKeyFile()
    let other = AppKeyFile.quoted(String(decoding: revealed(try P256.generate().pem()), as: UTF8.self))
    file["key_provider"] = file["key_provider"]?.replacing(AppKeyFile.quoted(KeyFiles.pkcs8), with: other)
    let issuer = try issuer(file)
    var answers: [String] = []
    for _ in 1...2 {
      issuer.issue(
        CertificateOrder(LeafRequest(), key: try P256.generate(), hasEvidence: true, version: .v0, for: nil)
      ) { result in
        if case .failure(let error) = result { answers.append(String(decoding: error.text, as: UTF8.self)) }
      }
    }
    let reason = "the key in key_provider does not match ca_cert"
    #expect(answers == [reason, reason])
  }

  /// What cannot be issued is refused before anything is quoted or signed.
  @Test func refused() throws {
    var request = LeafRequest()
    request.notBefore = 2
    request.notAfter = 1
    var answers: [String] = []
    try issuer(AppKeyFile()).issue(
      CertificateOrder(request, key: try P256.generate(), hasEvidence: true, version: .v0, for: nil)
    ) {
      result in
      if case .failure(let error) = result { answers.append(String(decoding: error.text, as: UTF8.self)) }
    }
    #expect(answers == ["not_before must be earlier than not_after"])
  }
}
