import Testing

@testable import agent

struct Secp256k1Tests {
  /// Secret, public key, SHA-256 digest, and the signature of RFC 6979 with low s; made with two independent implementations
  /// (python-ecdsa and coincurve, the latter for the recovery id).
  static let signatures: [[String]] = [
    [
      "0000000000000000000000000000000000000000000000000000000000000001",
      "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798",
      "a0dc65ffca799873cbea0ac274015b9526505daaaed385155425f7337704883e",
      "934b1ea10a4b3c1757e2b0c017d0b6143ce3c9a7e6a4a49860d7a6ab210ee3d82442ce9d2b916064108014783e923ec36b49743e2ffa1c4496f01a512aafd9e501",
    ],
    [
      "0000000000000000000000000000000000000000000000000000000000000001",
      "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798",
      "7d1833f54854ac51659521afcd0ec6dca2ce2351429614bfa28a756b1b3c637f",
      "8600dbd41e348fe5c9465ab92d23e3db8b98b873beecd930736488696438cb6b547fe64427496db33bf66019dacbf0039c04199abb0122918601db38a72cfc2100",
    ],
    [
      "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364140",
      "0379be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798",
      "a0dc65ffca799873cbea0ac274015b9526505daaaed385155425f7337704883e",
      "fd567d121db66e382991534ada77a6bd3106f0a1098c231e47993447cd6af2d06b39cd0eb1bc8603e159ef5c20a5c8ad685a45b06ce9bebed3f153d10d93bed500",
    ],
    [
      "f8b8af8ce3c7cca5e300d33939540c10d45ce001b8f252bfbc57ba0342904181",
      "0292df7b245b81aa637ab4e867c8d511008f79161a97d64f2ac709600352f7acbc",
      "4ba38d48a60f1b29e9eb726eaff08b2e83d8d81e031666fee50e85900d7dc1ef",
      "7063ae83e7f62bbb171798131b4a0564b956930092b33b07b395615d9ec7e15c58dfcc1e00a35e1572f366ffe34ba0fc47db1e7189759b9fb233c5b05ab388ea00",
    ],
    [
      "e91671c46231f833a6406ccbea0e3e392c76c167bac1cb013f6f1013980455c2",
      "03567b7512001f3cc4dcb8b8096c046fff571ab07adb2126cd42908f2ff1ca424a",
      "1609a53bb33ef00e0cc1e784b436d7924956d87ec2b399574378312f07cba3e8",
      "b552edd27580141f3b2a5463048cb7cd3e047b97c9f98076c32dbdf85a68718b279fa72dd19bfae05577e06c7c0c1900c371fcd5893f7e1d56a37d30174671f601",
    ],
  ]

  static let order = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"
  static let zero = String(repeating: "0", count: 64)

  @Test(arguments: signatures)
  func knownAnswer(_ row: [String]) throws {
    let key = try secret(row[0])
    let isValid = Secp256k1.isValid(key)
    #expect(isValid)
    #expect(try Secp256k1.publicKey(of: key) == octets(row[1]))
    #expect(try Secp256k1.signRecoverable(octets(row[2]), with: key) == octets(row[3]))
    #expect(try Secp256k1.sign(octets(row[2]), with: key) == octets(row[3]).dropLast())
    #expect(try Secp256k1.verify(octets(row[3]).dropLast(), octets(row[2]), by: octets(row[1])))
  }

  @Test(arguments: signatures)
  func changed(_ row: [String]) throws {
    let (key, digest, signature) = (octets(row[1]), octets(row[2]), [UInt8](octets(row[3]).dropLast()))
    for place in [1, 31, 33, 63] {
      var other = signature
      other[place] ^= 1
      #expect(try Secp256k1.verify(other, digest, by: key) == false)
    }
    #expect(try Secp256k1.verify(signature, Hash.sha256(digest), by: key) == false)
    var negated = key
    negated[0] ^= 1
    #expect(try Secp256k1.verify(signature, digest, by: negated) == false)
  }

  /// n − s satisfies the equation as well; it is not valid here.
  @Test(arguments: signatures)
  func highS(_ row: [String]) throws {
    var signature = [UInt8](octets(row[3]).dropLast())
    var borrow = 0
    for place in (0..<32).reversed() {
      let difference = Int(octets(Self.order)[place]) - Int(signature[32 + place]) - borrow
      signature[32 + place] = UInt8(difference & 0xff)
      borrow = difference < 0 ? 1 : 0
    }
    #expect(try Secp256k1.verify(signature, octets(row[2]), by: octets(row[1])) == false)
  }

  @Test func uncompressedKey() throws {
    let key = octets(
      """
      0479be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798
        483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8
      """)
    let row = Self.signatures[0]
    #expect(try Secp256k1.verify(octets(row[3]).dropLast(), octets(row[2]), by: key))
    // the hybrid form of the same key; and the point moved off the curve
    for (place, value) in [(0, 6), (0, 7), (0, 5), (64, 0xb9)] as [(Int, UInt8)] {
      var other = key
      other[place] = value
      #expect(refusal { _ = try Secp256k1.verify(octets(row[3]).dropLast(), octets(row[2]), by: other) } == .invalid)
    }
  }

  /// Not keys: no bytes, a byte too few or too many, the point at infinity, unknown prefixes, x = 5 (on no point), x ≥ p, the
  /// uncompressed prefix on a compressed key.
  @Test(arguments: [
    "", "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f817",
    "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f8179800", "00",
    "0079be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798",
    "0579be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798",
    "0479be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798",
    "020000000000000000000000000000000000000000000000000000000000000005",
    "02fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f",
    "02ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
  ])
  func malformedKey(_ key: String) {
    let row = Self.signatures[0]
    #expect(refusal { _ = try Secp256k1.verify(octets(row[3]).dropLast(), octets(row[2]), by: octets(key)) } == .invalid)
  }

  @Test func malformedSignature() {
    let row = Self.signatures[0]
    let good = [UInt8](octets(row[3]).dropLast())
    let one: String = Self.zero.dropLast() + "1"
    let high = String(repeating: "f", count: 64)
    let pairs: [(String, String)] = [
      (Self.zero, one), (one, Self.zero), (Self.zero, Self.zero), (Self.order, one), (one, Self.order),
      (high, one), (one, high),
    ]
    var bad = pairs.map { octets($0 + $1) }
    bad += [[], Array(good.dropLast()), good + [0]]
    for signature in bad {
      #expect(refusal { _ = try Secp256k1.verify(signature, octets(row[2]), by: octets(row[1])) } == .invalid)
    }
    // r = n − 1 and s = 1 are in range
    let below: String = Self.order.dropLast() + "0"
    let edge = octets(below + one)
    #expect(refusal { _ = try Secp256k1.verify(edge, octets(row[2]), by: octets(row[1])) } == nil)
  }

  @Test(arguments: [
    zero, order, String(repeating: "f", count: 64), "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364142",
    "01", String(repeating: "1", count: 66),
  ])
  func secretOutOfRange(_ digits: String) throws {
    let key = try secret(digits)
    let digest = [UInt8](repeating: 1, count: 32)
    let isValid = Secp256k1.isValid(key)
    #expect(!isValid)
    #expect(throws: AgentError.self) { _ = try Secp256k1.publicKey(of: try secret(digits)) }
    #expect(throws: AgentError.self) { _ = try Secp256k1.sign(digest, with: try secret(digits)) }
  }

  @Test func digestLength() throws {
    let key = octets(Self.signatures[0][1])
    for count in [0, 31, 33, 64] {
      let digest = [UInt8](repeating: 1, count: count)
      #expect(throws: AgentError.self) { _ = try Secp256k1.sign(digest, with: try secret(Self.signatures[0][0])) }
      #expect(throws: AgentError.self) { _ = try Secp256k1.verify([UInt8](repeating: 1, count: 64), digest, by: key) }
    }
  }
}
