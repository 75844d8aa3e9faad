import Testing

@testable import agent

struct P256EncodingTests {
  @Test func canonicalForms() throws {
    let key = try P256(scalar: try secret(KeyFiles.scalar))
    #expect(key.spki == octets(KeyFiles.spki))
    #expect(revealed(try key.pem()) == Array(KeyFiles.pkcs8.utf8))
    #expect(try key.pkcs8().count == 138)
  }

  @Test(arguments: [KeyFiles.pkcs8, KeyFiles.sec1, KeyFiles.sec1WithParameters, KeyFiles.sec1WithoutPublicKey])
  func read(_ pem: String) throws {
    let key = try P256(pem: try Secret(copying: Array(pem.utf8)))
    #expect(key.spki == octets(KeyFiles.spki))
    #expect(revealed(try key.pem()) == Array(KeyFiles.pkcs8.utf8))
  }

  @Test func readDER() throws {
    let key = try P256(der: try PEM.decode("EC PRIVATE KEY", try Secret(copying: Array(KeyFiles.sec1.utf8))))
    #expect(key.spki == octets(KeyFiles.spki))
    #expect(try P256(der: try key.pkcs8()).spki == key.spki)
  }

  @Test(arguments: [
    KeyFiles.explicitParameters, KeyFiles.encrypted, KeyFiles.secp256k1, KeyFiles.p384, KeyFiles.ed25519, "", "x",
  ])
  func refused(_ pem: String) {
    #expect(refusal { _ = try P256(pem: try Secret(copying: Array(pem.utf8))) } == .invalid)
  }

  /// Every byte of the DER decides: changed or cut anywhere, the key is refused or at least another one. A changed digit of the
  /// secret is refused because the public key does not belong to it.
  @Test func everyByteCounts() throws {
    let good = revealed(try P256(scalar: try secret(KeyFiles.scalar)).pkcs8())
    for place in good.indices {
      var changed = good
      changed[place] ^= 1
      // version 1 (RFC 5958) is the one change that still is a key
      if place == 5 { continue }
      #expect(refusal { _ = try P256(der: try Secret(copying: changed)) } != nil, "byte \(place)")
      #expect(refusal { _ = try P256(der: try Secret(copying: Array(good[..<place]))) } == .invalid)
    }
    #expect(refusal { _ = try P256(der: try Secret(copying: good + [0])) } == .invalid)
  }
}
