import Testing

@testable import agent

/// Compared with the bytes of an encoder in Python: compact lengths, text, booleans, options and u64 as docs/spec/kms.md lists
/// them.
struct SigningRequestTests {
  private let spki = (0..<91).map { UInt8($0) }

  @Test func nothingAskedFor() {
    let request = SigningRequest.encode(
      LeafRequest(), spki, hasEvidence: false, hasAppInfo: false, attestation: body([0, 1, 2]))
    #expect(
      request.all()
        == octets(
          "44706c65617365207369676e20636572743a" + "6d01" + Self.hexOfKey
            + "000000000000000000000102"))
  }

  @Test func everything() {
    var leaf = LeafRequest()
    leaf.subject = Array("größe".utf8)
    leaf.altNames = [Array("a.example".utf8), Array("127.0.0.1".utf8) + [UInt8](repeating: 0x31, count: 60)]
    leaf.serverAuth = true
    leaf.notBefore = 86400
    leaf.notAfter = 4_102_444_800
    let request = SigningRequest.encode(leaf, spki, hasEvidence: true, hasAppInfo: true, attestation: body([0, 0, 0]))
    #expect(
      request.all()
        == octets(
          "44706c65617365207369676e20636572743a" + "6d01" + Self.hexOfKey
            + "001c6772c3b6c39f650824612e6578616d706c6515013132372e302e302e31313131313131313131"
            + "3131313131313131313131313131313131313131313131313131313131313131313131313131313131313131313131313131310100010101805101000000000001005786f400000000000000"
        ))
  }

  private static let hexOfKey =
    "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d"
    + "2e2f303132333435363738393a3b3c3d3e3f404142434445464748494a4b4c4d4e4f505152535455565758595a"
}
