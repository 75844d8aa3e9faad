import Testing

@testable import agent

struct Ed25519Tests {
  /// RFC 8032 §7.1: seed, public key, message, signature.
  static let rfc8032: [[String]] = [
    [
      "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
      "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
      "",
      "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ],
    [
      "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
      "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
      "72",
      "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ],
    [
      "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
      "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
      "af82",
      "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ],
    [
      "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
      "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
      "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
      "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704",
    ],
  ]

  @Test(arguments: rfc8032)
  func knownAnswer(_ row: [String]) throws {
    let key = try Ed25519(seed: try secret(row[0]))
    #expect(key.publicKey == octets(row[1]))
    #expect(key.sign(octets(row[2])) == octets(row[3]))
    #expect(try Ed25519.verify(octets(row[3]), octets(row[2]), by: octets(row[1])))
  }

  @Test(arguments: rfc8032)
  func changed(_ row: [String]) throws {
    let (key, message, signature) = (octets(row[1]), octets(row[2]), octets(row[3]))
    #expect(try Ed25519.verify(signature, message + [0], by: key) == false)
    for place in [0, 31, 32, 63] {
      var other = signature
      other[place] ^= 1
      #expect(try Ed25519.verify(other, message, by: key) == false)
    }
  }

  /// S + L signs the same message by the equation alone (RFC 8032 §5.1.7 forbids it).
  @Test func scalarNotReduced() throws {
    let order = octets("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010")
    let row = Self.rfc8032[1]
    var signature = octets(row[3])
    var carry = 0
    for place in 0..<32 {
      carry += Int(signature[32 + place]) + Int(order[place])
      signature[32 + place] = UInt8(carry & 0xff)
      carry >>= 8
    }
    #expect(try Ed25519.verify(signature, octets(row[2]), by: octets(row[1])) == false)
    signature.replaceSubrange(32..., with: order)
    #expect(try Ed25519.verify(signature, octets(row[2]), by: octets(row[1])) == false)
  }

  /// The points of order 1, 2, 4 and 8 and two encodings of y that are not reduced: with R = A = such a point and S = 0, the
  /// equation of RFC 8032 holds for some or all messages.
  @Test(arguments: [
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  ])
  func smallOrder(_ point: String) throws {
    let identity = octets("0100000000000000000000000000000000000000000000000000000000000000")
    let zero = [UInt8](repeating: 0, count: 32)
    for message in [[], [1], [2], [3]] as [[UInt8]] {
      #expect(try Ed25519.verify(octets(point) + zero, message, by: octets(point)) == false)
      #expect(try Ed25519.verify(identity + zero, message, by: octets(point)) == false)
      #expect(try Ed25519.verify(octets(point) + zero, message, by: octets(Self.rfc8032[0][1])) == false)
    }
  }

  /// y = 2 and y = 7 are on no point.
  @Test(arguments: [2, 7] as [UInt8])
  func keyOffTheCurve(_ y: UInt8) {
    let key = [y] + [UInt8](repeating: 0, count: 31)
    let error = #expect(throws: AgentError.self) { _ = try Ed25519.verify(octets(Self.rfc8032[0][3]), [], by: key) }
    #expect(error?.kind == .invalid)
  }

  @Test func wrongLengths() throws {
    let (key, signature) = (octets(Self.rfc8032[0][1]), octets(Self.rfc8032[0][3]))
    for bad in [[], Array(key.dropLast()), key + [0]] {
      let error = #expect(throws: AgentError.self) { _ = try Ed25519.verify(signature, [], by: bad) }
      #expect(error?.kind == .invalid)
    }
    for bad in [[], Array(signature.dropLast()), signature + [0]] {
      let error = #expect(throws: AgentError.self) { _ = try Ed25519.verify(bad, [], by: key) }
      #expect(error?.kind == .invalid)
    }
    #expect(throws: AgentError.self) { _ = try Ed25519(seed: try Secret(count: 31)) }
    #expect(throws: AgentError.self) { _ = try Ed25519(seed: try Secret(count: 33)) }
  }
}
