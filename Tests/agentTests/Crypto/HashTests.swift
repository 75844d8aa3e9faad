import Testing

@testable import agent

struct HashTests {
  /// The examples of FIPS 180-4 (NIST's examples with intermediate values): one block and two.
  @Test func sha2() {
    #expect(
      Hash.sha256([]) == octets("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"))
    #expect(
      Hash.sha256(Array("abc".utf8)) == octets("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"))
    #expect(
      Hash.sha256(Array("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq".utf8))
        == octets("248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"))
    #expect(
      Hash.sha384(Array("abc".utf8))
        == octets("cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7"))
    #expect(
      Hash.sha512(Array("abc".utf8))
        == octets(
          """
          ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a
          2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f
          """))
  }

  @Test func sha256OfSecret() throws {
    let digest = try Hash.sha256(try Secret(copying: Array("abc".utf8)))
    #expect(revealed(digest) == Hash.sha256(Array("abc".utf8)))
  }

  /// RFC 5869, appendix A.1 to A.3.
  @Test func hkdf() throws {
    let first = try Hash.hkdf(
      secret("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b"), salt: octets("000102030405060708090a0b0c"),
      info: octets("f0f1f2f3f4f5f6f7f8f9"), count: 42)
    #expect(
      revealed(first) == octets("3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"))
    let second = try Hash.hkdf(
      Secret(copying: Array(0x00...0x4f)), salt: Array(0x60...0xaf), info: Array(0xb0...0xff), count: 82)
    #expect(
      revealed(second)
        == octets(
          """
          b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c
          59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71
          cc30c58179ec3e87c14c01d5c1f3434f1d87
          """))
    let third = try Hash.hkdf(secret("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b"), salt: [], info: [], count: 42)
    #expect(
      revealed(third) == octets("8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"))
  }

  /// 255 blocks are all that RFC 5869 §2.3 allows.
  @Test func hkdfLimit() throws {
    let key = try secret("0b0b")
    #expect(try Hash.hkdf(key, salt: [], info: [], count: 8160).count == 8160)
    #expect(throws: AgentError.self) { _ = try Hash.hkdf(key, salt: [], info: [], count: 8161) }
  }
}
