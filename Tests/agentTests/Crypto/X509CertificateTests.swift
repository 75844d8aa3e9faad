import Testing

@testable import agent

struct X509CertificateTests {
  private static let ca = Array(CertificateFiles.ca.utf8)

  @Test func read() throws {
    let certificate = try X509Certificate(pem: Self.ca)
    #expect(certificate.publicKey == octets(KeyFiles.spki))
    #expect(certificate.keyIdentifier == octets("c920f5651510efa252dca3bfe4b5a21bacfe26d0"))
    #expect(certificate.subject == (try ParsedCertificate(Self.ca).subject))
    #expect(certificate.dstackExtension(4) == nil)
    #expect(!certificate.isFor([127, 0, 0, 1]))
    #expect(try X509Certificate(pem: Array(CertificateFiles.withoutIdentifier.utf8)).keyIdentifier == nil)
  }

  @Test func theFirstOfSeveral() throws {
    let both = try X509Certificate(pem: Array((CertificateFiles.withoutIdentifier + CertificateFiles.ca).utf8))
    #expect(both.keyIdentifier == nil)
    #expect(both.parsed.pointee.next == nil)
    let broken = CertificateFiles.version1 + CertificateFiles.ca
    #expect(failure { _ = try X509Certificate(pem: Array(broken.utf8)) } == "the certificate is not of version 3")
  }

  private static func dstack(_ number: UInt8, _ content: [UInt8]) -> [UInt8] {
    CertificateExtension.dstackHead(number, content.count) + content
  }

  private static func leaf(_ extensions: [[UInt8]]) throws -> X509Certificate {
    let key = try P256.generate()
    let name = try Certificate.name(bytes("x"))
    let leaf = Certificate(
      issuer: name, subject: name, notBefore: 0, notAfter: 1, publicKey: key.spki, extensions: Array(extensions.joined()))
    return try X509Certificate(der: try leaf.signed(by: key).all())
  }

  @Test func alternativeNames() throws {
    let names = ["localhost", "192.0.2.7", "10.0.0.1", "2001:db8::7"]
    var request = LeafRequest()
    request.altNames = names.map { Array($0.utf8) }
    let leaf = try Self.leaf([CertificateExtension.subjectAltName(try request.generalNames())])
    for name in names.dropFirst() { #expect(leaf.isFor(try #require(IPAddress.parse(Array(name.utf8))))) }
    for other in [[192, 0, 2, 8], [192, 0, 2], [192, 0, 2, 7, 0], [], Array("localhost".utf8)] as [[UInt8]] {
      #expect(!leaf.isFor(other))
    }
    let mapped = [UInt8](repeating: 0, count: 10) + [0xff, 0xff]
    #expect(leaf.isFor(mapped + [192, 0, 2, 7]) && !leaf.isFor(mapped + [192, 0, 2, 8]))
    #expect(!leaf.isFor([UInt8](repeating: 0, count: 12) + [192, 0, 2, 7]))
    let other = try Self.leaf([CertificateExtension.subjectAltName([0x87, 16] + mapped + [192, 0, 2, 7])])
    #expect(other.isFor([192, 0, 2, 7]) && other.isFor(mapped + [192, 0, 2, 7]) && !other.isFor([192, 0, 2, 8]))
    // the same bytes as a DNS name are not an address
    #expect(try !Self.leaf([CertificateExtension.subjectAltName(octets("8204 c0000207"))]).isFor([192, 0, 2, 7]))
  }

  @Test func ownExtensions() throws {
    let leaf = try Self.leaf([
      CertificateExtension.notCA, Self.dstack(4, bytes("kms:rpc")), Self.dstack(8, []),
      Self.dstack(8, [1]), CertificateExtension.subjectKeyIdentifier([7, 7]),
    ])
    #expect(leaf.dstackExtension(4) == bytes("kms:rpc"))
    #expect(leaf.dstackExtension(8) == [])
    #expect(leaf.dstackExtension(3) == nil && leaf.dstackExtension(14) == nil)
    #expect(leaf.keyIdentifier == [7, 7])
  }

  /// In order: another type, a length that is too large, something after the OCTET STRING, nothing.
  @Test(arguments: ["0c0178", "040278", "04017805 00", ""])
  func ownExtensionOfAnotherShape(_ value: String) throws {
    let content = DER.element(DER.octetString, octets(value))
    let whole = DER.sequence(DER.element(DER.objectIdentifier, OID.dstack(4)) + DER.element(DER.boolean, [0]) + content)
    #expect(try Self.leaf([whole]).dstackExtension(4) == nil)
  }

  /// What is critical and unknown must be refused (RFC 5280 §4.2), and so is what is not for P-256.
  @Test func refused() throws {
    let critical = DER.sequence(
      DER.element(DER.objectIdentifier, OID.dstack(5)) + DER.element(DER.boolean, [0xff])
        + DER.element(DER.octetString, [5, 0]))
    #expect(refusal { _ = try Self.leaf([critical]) } == .invalid)
    for text in ["", "x", KeyFiles.pkcs8] {
      #expect(failure { _ = try X509Certificate(pem: Array(text.utf8)) } == "no PEM block of the expected type")
    }
  }

  /// Cut, lengthened or changed anywhere, the certificate is refused or read without harm.
  @Test func hostile() throws {
    let der = try PEM.read("CERTIFICATE", in: Self.ca, Self.ca.count).plain()
    #expect(refusal { _ = try X509Certificate(der: der + [0]) } == .invalid)
    for place in der.indices {
      #expect(refusal { _ = try X509Certificate(der: Array(der[..<place])) } == .invalid)
      for value in [0, 0x30, 0x80, 0xff] as [UInt8] {
        var changed = der
        changed[place] = value
        guard let certificate = try? X509Certificate(der: changed) else { continue }
        _ = certificate.isFor([127, 0, 0, 1])
        _ = (certificate.keyIdentifier, certificate.dstackExtension(4))
      }
    }
  }
}
