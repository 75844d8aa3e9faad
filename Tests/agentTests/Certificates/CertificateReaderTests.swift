import Testing

@testable import agent

struct CertificateReaderTests {
  @Test func read() throws {
    let certificate = try CertificateReader(pem: Array(CertificateFiles.ca.utf8))
    #expect(certificate.publicKey == octets(KeyFiles.spki))
    #expect(try certificate.keyIdentifier() == octets("c920f5651510efa252dca3bfe4b5a21bacfe26d0"))
    #expect(certificate.subject == (try ParsedCertificate(Array(CertificateFiles.ca.utf8)).subject))
    #expect(try CertificateReader(pem: Array(CertificateFiles.withoutIdentifier.utf8)).keyIdentifier() == nil)
  }

  /// Cut or changed anywhere, the certificate is refused or read without harm.
  @Test func hostile() throws {
    let der = try PEM.decode("CERTIFICATE", Array(CertificateFiles.ca.utf8))
    for place in der.indices {
      let cut = PEM.encode("CERTIFICATE", Array(der[..<place]))
      #expect(refusal { _ = try CertificateReader(pem: cut) } == .invalid)
      for value in [0, 0x30, 0x80, 0xff] as [UInt8] {
        var changed = der
        changed[place] = value
        _ = try? CertificateReader(pem: PEM.encode("CERTIFICATE", changed))
      }
    }
  }
}
