import Testing

@testable import agent

struct TLSIdentityTests {
  /// The signature's size differs by a few bytes from one certificate to the next, so evidence of some sizes meets the limit
  /// exactly now and then.
  @Test func sizeOfTheCertificate() throws {
    let authority = try LocalAuthority(
      key: try Secret(copying: Array(KeyFiles.pkcs8.utf8)), certificate: Array(CertificateFiles.ca.utf8))
    let first = try TLSIdentity()
    try first.certify(by: authority, attestation: body([UInt8](repeating: 0, count: 1000)))
    let around = 1000 + Limits.clientCertificate - first.certificate.count
    var largest = 0
    var smallestRefused = Int.max
    for attempt in 0..<400 {
      let identity = try TLSIdentity()
      do {
        try identity.certify(by: authority, attestation: body([UInt8](repeating: 0, count: around - 8 + attempt % 16)))
        largest = max(largest, identity.certificate.count)
      } catch {
        #expect(error.text == Array("the evidence does not fit into the client certificate for the KMS".utf8))
        smallestRefused = min(smallestRefused, identity.certificate.count)
      }
    }
    #expect(largest == Limits.clientCertificate)
    #expect(smallestRefused == Limits.clientCertificate + 1)
  }
}
