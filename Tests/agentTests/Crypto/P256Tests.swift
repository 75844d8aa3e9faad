import Testing

@testable import agent

struct P256Tests {
  static let order = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"

  /// RFC 6979, A.2.5: the key, and its signature of SHA-256("sample").
  static let key = """
    0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6
    7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299
    """
  static let r = "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
  static let s = "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8"
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

  @Test func verifyKnown() throws {
    let signature = DER.sequence(DER.unsigned(octets(Self.r)), DER.unsigned(octets(Self.s)))
    #expect(try P256.verify(signature, Self.sample, by: octets(Self.key)))
    #expect(try P256.verify(signature, Hash.sha256(Array("Sample".utf8)), by: octets(Self.key)) == false)
  }

  @Test func signAndVerify() throws {
    let key = try P256.generate()
    let (first, second) = (try key.sign(Self.sample), try key.sign(Self.sample))
    #expect(first != second)
    #expect(try P256.verify(first, Self.sample, by: key.publicKey))
    #expect(try P256.verify(second, Self.sample, by: key.publicKey))
    #expect(try P256.verify(first, Self.sample, by: octets(Self.key)) == false)
    #expect(try P256.generate().publicKey != key.publicKey)
    #expect(throws: AgentError.self) { _ = try P256.generate().sign([1]) }
  }

  /// Numbers that are in no signature: zero, the order and above.
  @Test func numbersOutOfRange() throws {
    let (zero, one, order) = ([] as [UInt8], [1] as [UInt8], octets(Self.order))
    let pairs: [([UInt8], [UInt8])] = [
      (zero, one), (one, zero), (zero, zero), (order, one), (one, order), (order, octets(Self.s)), (octets(Self.r), zero),
      ([UInt8](repeating: 0xff, count: 32), one),
    ]
    for (r, s) in pairs {
      let signature = DER.sequence(DER.unsigned(r), DER.unsigned(s))
      #expect(try P256.verify(signature, Self.sample, by: octets(Self.key)) == false)
    }
  }

  /// Not DER of two positive numbers: nothing, negative and too long ones, one number, three, something behind, BER lengths.
  @Test(arguments: [
    "", "3000", "3003020101", "3006020181020101", "3006020101020181", "3009020101020101020101", "300602010102010100",
    "308106020101020101", "30060201010201", "3006020101040101", "300502000201 01", "30800201010201010000",
  ])
  func malformedSignature(_ der: String) {
    #expect(refusal { _ = try P256.verify(octets(der), Self.sample, by: octets(Self.key)) } == .invalid)
    let long = DER.sequence(DER.unsigned([UInt8](repeating: 1, count: 34)), DER.unsigned([1]))
    #expect(refusal { _ = try P256.verify(long, Self.sample, by: octets(Self.key)) } == .invalid)
  }

  @Test func malformedKey() {
    let signature = DER.sequence(DER.unsigned(octets(Self.r)), DER.unsigned(octets(Self.s)))
    let good = octets(Self.key)
    var off = good
    off[64] ^= 1
    for bad in [
      [], Array(good.dropLast()), good + [0], [6] + good.dropFirst(), [0] + good.dropFirst(), off, Array(good[..<33]),
    ] {
      #expect(refusal { _ = try P256.verify(signature, Self.sample, by: bad) } == .invalid)
    }
  }
}
