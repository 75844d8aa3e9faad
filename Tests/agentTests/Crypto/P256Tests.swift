import CMbedTLS
import Testing

@testable import agent

struct P256Tests {
  static let order = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"

  /// RFC 6979, A.2.5.
  static let key = """
    0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6
    7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299
    """
  static let sample = Hash.sha256(Array("sample".utf8))

  @Test func publicKey() throws {
    let key = try P256(scalar: try secret("c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721"))
    #expect(key.publicKey == octets(Self.key))
    let one = try P256(scalar: try secret(String(repeating: "0", count: 63) + "1"))
    #expect(
      one.publicKey
        == octets(
          """
          046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296
          4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5
          """))
    let last = try P256(scalar: try secret(Self.order.dropLast() + "0"))
    #expect(last.publicKey[1..<33] == one.publicKey[1..<33])
    #expect(last.publicKey != one.publicKey)
  }

  @Test(arguments: [
    String(repeating: "0", count: 64), order, "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632552",
    String(repeating: "f", count: 64), "01", String(repeating: "1", count: 66),
  ])
  func secretOutOfRange(_ digits: String) {
    #expect(refusal { _ = try P256(scalar: try secret(digits)) } == .failed)
  }

  @Test func signAndVerify() throws {
    let key = try P256.generate()
    let (first, second) = (try key.sign(Self.sample), try key.sign(Self.sample))
    #expect(first != second)
    #expect(try Self.verifies(first, by: key.publicKey))
    #expect(try Self.verifies(second, by: key.publicKey))
    #expect(try Self.verifies(first, by: octets(Self.key)) == false)
    #expect(try P256.generate().publicKey != key.publicKey)
    #expect(throws: AgentError.self) { _ = try P256.generate().sign([1]) }
  }

  /// Whether a signature is by a key of 65 bytes, as Mbed TLS judges, which had no part in writing the DER.
  private static func verifies(_ signature: [UInt8], by publicKey: [UInt8]) throws -> Bool {
    let (curve, point) = (try Curve(), Point())
    try #require(mbedtls_ecp_point_read_binary(curve.group, &point.ecp, publicKey, publicKey.count) == 0)
    var key = mbedtls_ecdsa_context()
    mbedtls_ecdsa_init(&key)
    defer { mbedtls_ecdsa_free(&key) }
    try #require(mbedtls_ecp_group_copy(&key.grp, curve.group) == 0 && mbedtls_ecp_copy(&key.Q, &point.ecp) == 0)
    return mbedtls_ecdsa_read_signature(&key, sample, sample.count, signature, signature.count) == 0
  }
}
