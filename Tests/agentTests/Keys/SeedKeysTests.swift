import Testing

@testable import agent

struct SeedKeysTests {
  /// From Python: hmac, hashlib and cryptography, whose PKCS#8 is the canonical form.
  @Test func knownAnswer() throws {
    let keys = try SeedKeys(seed: try Secret(copying: Array(0..<32)))
    #expect(
      keys.ca.spki
        == octets(
          """
          3059301306072a8648ce3d020106082a8648ce3d030107034200
          04202298753e91e83345710da066f70f2263e261094f271cf2f02fa519a53da5
          77d9b6483568186d96e42c230bd0a340d757b04019b48f83bab8fe1ed54aea7fff
          """))
    #expect(
      revealed(keys.diskCryptKey) == octets("16271dff935a2b916181f4c8a0a6666de98224ba51437c329171a11dd481a09a"))
    #expect(revealed(keys.k256Key) == octets("091c9c36eb873f1aacde93e91631256e1610ce9940166b45f437d635d76ba95e"))
  }
}
