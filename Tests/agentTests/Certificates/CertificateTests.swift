import CMbedTLS
import Testing

@testable import agent

/// Certificates of the local CA, read back and verified with Mbed TLS.
struct CertificateTests {
  private let ca = try? ParsedCertificate(Array(CertificateFiles.ca.utf8))

  private func issue(_ request: LeafRequest, for key: P256) throws -> [[UInt8]] {
    try LocalAuthority(of: try AppKeyFile().parsed()).issue(request, for: key).map { $0.all() }
  }

  private func der(_ pem: [UInt8]) throws -> [UInt8] { try PEM.read("CERTIFICATE", in: pem, pem.count).plain() }

  private func leaf(_ edit: (inout LeafRequest) -> Void) throws -> ParsedCertificate {
    var request = LeafRequest()
    edit(&request)
    return try ParsedCertificate(try issue(request, for: try P256.generate())[0])
  }

  private func refused(_ edit: (inout LeafRequest) -> Void) -> String? {
    failure { _ = try leaf(edit) }
  }

  @Test func chain() throws {
    let key = try P256.generate()
    var request = LeafRequest()
    request.subject = Array("service".utf8)
    let chain = try issue(request, for: key)
    #expect(chain.count == 2)
    #expect(chain[1] == Array(CertificateFiles.ca.utf8))
    let leaf = try ParsedCertificate(chain[0])
    let ca = try #require(self.ca)
    #expect(leaf.problems(under: ca) == 0)
    #expect(leaf.version == 3)
    #expect(leaf.publicKey == key.spki)
    #expect(leaf.issuer == ca.subject)
    #expect(leaf.subject == octets("30 12 31 10 30 0e 06 03 550403 0c 07 73657276696365"))
    #expect(leaf.keyUsage == UInt32(MBEDTLS_X509_KU_DIGITAL_SIGNATURE))
    #expect(!leaf.isCA)
    #expect(leaf.altNames.isEmpty)
    #expect(leaf.notBefore == [1975, 1, 1, 0, 0, 0])
    // flips of the signature and of the signed part are noticed
    for place in [100, 400] {
      var other = try der(chain[0])
      other[place] ^= 1
      let parsed = try? ParsedCertificate(PEM.encode("CERTIFICATE", other))
      #expect(parsed?.problems(under: ca) != 0)
    }
  }

  @Test func serials() throws {
    var seen: Set<[UInt8]> = []
    for _ in 0..<20 {
      let serial = try leaf { _ in }.serial
      #expect(serial.count == 16)
      #expect(serial[0] & 0xc0 == 0x40)
      seen.insert(serial)
    }
    #expect(seen.count == 20)
  }

  @Test(arguments: [(false, false), (true, false), (false, true), (true, true)])
  func purposes(_ server: Bool, _ client: Bool) throws {
    let leaf = try leaf {
      $0.serverAuth = server
      $0.clientAuth = client
    }
    // without the extension every purpose is allowed
    let any = !server && !client
    #expect(leaf.allows(OID.serverAuth) == (server || any))
    #expect(leaf.allows(OID.clientAuth) == (client || any))
  }

  @Test func altNames() throws {
    let names = ["localhost", "*.example.org", "192.0.2.7", "2001:db8::7", "256.0.0.1", "a_b", "_dmarc.example.org"]
    let leaf = try leaf { $0.altNames = names.map { Array($0.utf8) } }
    let found = leaf.altNames
    #expect(found.map(\.kind) == [2, 2, 7, 7, 2, 2, 2])
    for (place, name) in names.enumerated() where found[place].kind == 2 { #expect(found[place].content == Array(name.utf8)) }
    #expect(found[2].content == [192, 0, 2, 7])
    #expect(found[3].content == octets("20010db8000000000000000000000007"))
  }

  /// Go refuses a certificate with a mapped address. An address that only looks like one stays.
  @Test func mappedAddresses() throws {
    let names = ["::ffff:10.0.0.5", "::FFFF:a00:6", "::ffff:0:0", "::10.0.0.5", "::fffe:10.0.0.5", "::ffff:10.0.0.256"]
    let found = try leaf { $0.altNames = names.map { Array($0.utf8) } }.altNames
    #expect(found.map(\.kind) == [7, 7, 7, 7, 7, 2])
    #expect(found[..<3].map { Array($0.content) } == [[10, 0, 0, 5], [10, 0, 0, 6], [0, 0, 0, 0]])
    #expect(found[3].content == octets("0000000000000000000000000a000005"))
    #expect(found[4].content == octets("00000000000000000000fffe0a000005"))
  }

  @Test func altNameLimits() throws {
    let full = [[UInt8]](repeating: [UInt8](repeating: 0x61, count: Limits.altName), count: Limits.altNames)
    let all = try leaf { $0.altNames = full }
    #expect(all.altNames.count == Limits.altNames)
    #expect(all.problems(under: try #require(ca)) == 0)
    #expect(refused { $0.altNames = full + [[0x61]] } == "more than 256 alternative names")
    #expect(
      refused { $0.altNames = [[UInt8](repeating: 0x61, count: Limits.altName + 1)] }
        == "an alternative name is longer than 253 bytes")
    #expect(refused { $0.altNames = [Array("a".utf8), []] } == "an alternative name is empty")
    for bad in ["münchen", "a b", "a\u{0}b", "a\nb", "\u{7f}", " "] {
      #expect(
        refused { $0.altNames = [Array(bad.utf8)] } == "an alternative name has characters other than printable ASCII")
    }
    #expect(refused { $0.altNames = [[0xff]] } != nil)
  }

  /// Characters count, not bytes; and what Mbed TLS's own name parser would take apart stays text.
  @Test(arguments: [
    "a", #"x, CN=other, O="y"+z\,#;<>"#, "名前🦀", String(repeating: "x", count: 64), String(repeating: "🦀", count: 64), " ",
  ])
  func subject(_ text: String) throws {
    let leaf = try leaf { $0.subject = Array(text.utf8) }
    let attribute = DER.sequence(
      DER.element(DER.objectIdentifier, OID.commonName) + DER.element(DER.utf8String, Array(text.utf8)))
    #expect(leaf.subject == DER.sequence(DER.element(DER.set, attribute)))
    #expect(leaf.problems(under: try #require(ca)) == 0)
  }

  @Test func subjectLimits() {
    #expect(refused { $0.subject = [UInt8](repeating: 0x78, count: 65) } == "the subject is longer than 64 characters")
    #expect(
      refused { $0.subject = Array(String(repeating: "é", count: 65).utf8) } == "the subject is longer than 64 characters")
    for bad in ["ff", "c080", "eda080", "f4908080", "e38182e3"] {
      #expect(refused { $0.subject = octets(bad) } == "the subject is not UTF-8")
    }
  }

  /// No certificate is without a name: `openssl verify -x509_strict` and RFC 5280 §4.1.2.6 would refuse it.
  @Test func emptySubject() throws {
    let key = try P256.generate()
    let leaf = try ParsedCertificate(try issue(LeafRequest(), for: key)[0])
    let name = Hex.encode(Hash.sha256(key.publicKey)[..<20])
    #expect(leaf.subject == (try Certificate.name(name)))
    #expect(leaf.problems(under: try #require(ca)) == 0)
  }

  @Test func dates() throws {
    let leaf = try leaf {
      $0.notBefore = 2_524_607_999
      $0.notAfter = 2_524_608_000
    }
    #expect(leaf.notBefore == [2049, 12, 31, 23, 59, 59])
    #expect(leaf.notAfter == [2050, 1, 1, 0, 0, 0])
    let longest = try self.leaf {
      $0.notBefore = 0
      $0.notAfter = 253_402_300_799
    }
    #expect(longest.notBefore == [1970, 1, 1, 0, 0, 0])
    #expect(longest.notAfter == [9999, 12, 31, 23, 59, 59])
  }

  @Test func defaultEnd() throws {
    var request = LeafRequest()
    #expect(try request.validity(now: 1_000_000_000) == (157_766_400, 1_315_360_000))
    request.notBefore = 1_315_359_999
    #expect(try request.validity(now: 1_000_000_000) == (1_315_359_999, 1_315_360_000))
    request.notBefore = 1_315_360_000
    #expect(failure { _ = try request.validity(now: 1_000_000_000) } == "not_before must be earlier than not_after")
    request = LeafRequest()
    request.notAfter = 157_766_400
    #expect(failure { _ = try request.validity(now: 1_000_000_000) } == "not_before must be earlier than not_after")
  }

  @Test(arguments: [(5, 5), (6, 5), (253_402_300_799, 0)] as [(UInt64, UInt64)])
  func inverted(_ notBefore: UInt64, _ notAfter: UInt64) {
    let text = refused {
      $0.notBefore = notBefore
      $0.notAfter = notAfter
    }
    #expect(text == "not_before must be earlier than not_after")
  }

  @Test(arguments: [253_402_300_800, UInt64(Int64.max), UInt64(Int64.max) + 1, .max])
  func beyondTheCalendar(_ date: UInt64) {
    #expect(refused { $0.notAfter = date } == "a date is after the year 9999")
    #expect(refused { $0.notBefore = date } == "a date is after the year 9999")
  }

  /// The extensions of the protocol wrap their content in an OCTET STRING once more.
  @Test func ownExtensions() throws {
    var request = LeafRequest()
    request.extensions = [(8, body([1, 2, 3])), (9, body([]))]
    let der = try der(try issue(request, for: try P256.generate())[0])
    #expect(OID.dstack(4) == octets("2b0601040183e73d0104"))
    #expect(
      der.firstRange(of: DER.sequence(DER.element(6, OID.dstack(4)) + DER.element(4, DER.element(4, bytes("app:custom")))))
        != nil)
    #expect(der.firstRange(of: octets("060a2b0601040183e73d0108 0405 0403010203")) != nil)
    #expect(der.firstRange(of: octets("060a2b0601040183e73d0109 0402 0400")) != nil)
  }

  @Test func keyIdentifiers() throws {
    let key = try P256.generate()
    let der = try der(try issue(LeafRequest(), for: key)[0])
    #expect(der.firstRange(of: octets("0603551d23 0418 3016 8014 c920f5651510efa252dca3bfe4b5a21bacfe26d0")) != nil)
    #expect(der.firstRange(of: octets("0603551d0e 0416 0414") + Hash.sha256(key.publicKey)[..<20]) != nil)
  }

  /// Without an identifier in the CA's certificate one is made of its key.
  @Test func authorityWithoutIdentifier() throws {
    var file = AppKeyFile()
    file["ca_cert"] = AppKeyFile.quoted(CertificateFiles.withoutIdentifier)
    let keys = try file.parsed()
    let chain = try LocalAuthority(of: keys).issue(LeafRequest(), for: try P256.generate()).map { $0.all() }
    let root = try ParsedCertificate(Array(CertificateFiles.withoutIdentifier.utf8))
    #expect(try ParsedCertificate(chain[0]).problems(under: root) == 0)
    let der = try der(chain[0])
    let point = octets(KeyFiles.spki).suffix(65)
    #expect(der.firstRange(of: octets("0603551d23 0418 3016 8014") + Hash.sha256(Array(point))[..<20]) != nil)
  }

  @Test func authorityRefused() throws {
    var file = AppKeyFile()
    let other = AppKeyFile.quoted(String(decoding: revealed(try P256.generate().pem()), as: UTF8.self))
    file["key_provider"] = #"{"Tpm":{"pubkey":"","key":\#(other)}}"#
    // at the first use, and then again
    let authority = try LocalAuthority(of: try file.parsed())
    for _ in 1...2 {
      #expect(failure { try authority.check() } == "the key in key_provider does not match ca_cert")
      #expect(failure { _ = try issue(authority) } == "the key in key_provider does not match ca_cert")
    }
    file["key_provider"] = #"{"Tpm":{"pubkey":"","key":""}}"#
    #expect(failure { _ = try LocalAuthority(of: try file.parsed()) } == "key_provider: no PEM block of the expected type")
    file = AppKeyFile()
    file["ca_cert"] = "\"\""
    #expect(failure { _ = try LocalAuthority(of: try file.parsed()) } == "ca_cert: no PEM block of the expected type")
    file["ca_cert"] = AppKeyFile.quoted(CertificateFiles.version1)
    #expect(failure { _ = try LocalAuthority(of: try file.parsed()) } == "ca_cert: the certificate is not of version 3")
  }

  private func issue(_ authority: LocalAuthority) throws -> [BodyReader] {
    try authority.issue(LeafRequest(), for: try P256.generate())
  }

  /// This too is found at the first use; it is then a failure of the agent, not a fault of the request.
  @Test func authorityWithAnotherPublicKey() throws {
    let own = try PEM.read("PRIVATE KEY", in: Array(KeyFiles.pkcs8.utf8), KeyFiles.pkcs8.utf8.count).plain()
    var der = revealed(try P256.generate().pkcs8())
    der[36..<68] = own[36..<68]
    let key = try Secret(copying: PEM.encode("PRIVATE KEY", der))
    let authority = try LocalAuthority(key: key, certificate: Array(CertificateFiles.ca.utf8))
    do {
      try authority.check()
      Issue.record("the pair is taken")
    } catch {
      #expect(error.kind == .failed)
      #expect(error.text == bytes("key_provider: the key file holds a different public key, or extra data"))
    }
  }

  /// With a KMS only its temporary CA is here.
  @Test func temporary() throws {
    let keys = try AppKeyFile.ofKMS("https://kms/prpc").parsed()
    #expect(try LocalAuthority(of: keys).issue(LeafRequest(), for: try P256.generate()).count == 2)
  }

  @Test func appRoot() throws {
    let keys = try SeedKeys(seed: try Random.secret(32))
    let pem = try LocalAuthority.appRoot(keys.ca, extensions: [(8, body([7]))])
    let root = try ParsedCertificate(pem)
    #expect(root.problems(under: root) == 0)
    #expect(root.isCA)
    #expect(root.pathLength == 2)
    #expect(root.subject == root.issuer)
    #expect(root.subject == DER.sequence(DER.element(DER.set, octets("3014 0603550403 0c0d") + bytes("App Root Cert"))))
    let usage = MBEDTLS_X509_KU_DIGITAL_SIGNATURE | MBEDTLS_X509_KU_KEY_CERT_SIGN | MBEDTLS_X509_KU_CRL_SIGN
    #expect(root.keyUsage == UInt32(usage))
    let authority = try LocalAuthority(key: try keys.ca.pem(), certificate: pem)
    let chain = try authority.issue(LeafRequest(), for: try P256.generate()).map { $0.all() }
    #expect(try ParsedCertificate(chain[0]).problems(under: root) == 0)
    #expect(try ParsedCertificate(chain[0]).problems(under: try #require(ca)) != 0)
  }
}
