import Testing

@testable import agent

struct SealingTests {
  /// RFC 7748 §5.2.
  @Test(arguments: [
    [
      "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
      "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c",
      "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552",
    ],
    [
      "4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d",
      "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493",
      "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957",
    ],
  ])
  func x25519(_ row: [String]) throws {
    #expect(revealed(try Sealing.x25519(try secret(row[0]), octets(row[1]))) == octets(row[2]))
  }

  /// RFC 7748 §5.2: the function applied 1000 times to its own results.
  @Test func x25519Iterated() throws {
    var scalar = try Secret(copying: [9] + [UInt8](repeating: 0, count: 31))
    var point = revealed(scalar)
    for _ in 0..<1000 {
      let next = try Sealing.x25519(scalar, point)
      point = revealed(scalar)
      scalar = next
    }
    #expect(revealed(scalar) == octets("684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51"))
  }

  /// Public keys of small order, and wrong lengths.
  @Test(arguments: [
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "", "00", "090000000000000000000000000000000000000000000000000000000000000000",
  ])
  func badPublicKey(_ point: String) {
    #expect(refusal { _ = try Sealing.x25519(try Secret(copying: Array(1...32)), octets(point)) } == .invalid)
  }

  /// Test cases 13 to 15 of the GCM specification (McGrew and Viega): key, nonce, plaintext, ciphertext with tag.
  @Test(arguments: [
    [
      "0000000000000000000000000000000000000000000000000000000000000000", "000000000000000000000000", "",
      "530f8afbc74536b9a963b4f1c4cb738b",
    ],
    [
      "0000000000000000000000000000000000000000000000000000000000000000", "000000000000000000000000",
      "00000000000000000000000000000000", "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919",
    ],
    [
      "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888",
      """
      d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525
      b16aedf5aa0de657ba637b391aafd255
      """,
      """
      522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838
      c5f61e6393ba7a0abcc9f662898015adb094dac5d93471bdec1a502270e3cc6c
      """,
    ],
  ])
  func aesGCM(_ row: [String]) throws {
    let (nonce, sealed) = (octets(row[1]), octets(row[3]))
    #expect(revealed(try Sealing.openAESGCM(sealed, key: try secret(row[0]), nonce: nonce)) == octets(row[2]))
    for place in sealed.indices {
      var other = sealed
      other[place] ^= 1
      #expect(refusal { _ = try Sealing.openAESGCM(other, key: try secret(row[0]), nonce: nonce) } == .invalid)
    }
    var otherNonce = nonce
    otherNonce[11] ^= 1
    #expect(refusal { _ = try Sealing.openAESGCM(sealed, key: try secret(row[0]), nonce: otherNonce) } == .invalid)
    #expect(refusal { _ = try Sealing.openAESGCM(Array(sealed.dropLast()), key: try secret(row[0]), nonce: nonce) } == .invalid)
    #expect(refusal { _ = try Sealing.openAESGCM(sealed, key: try secret("00"), nonce: nonce) } == .invalid)
  }

  /// Made with Python's cryptography: secret 00…1f, ephemeral secret 20…3f, nonce 00…0b.
  @Test func environment() throws {
    let sealed = octets(
      """
      358072d6365880d1aeea329adf9121383851ed21a28e3b75e965d0d2cd166254000102030405060708090a0b
      8abd3d299a52018f336b6c2c37638f93391a927476ad11d871cae2e17552e44b568ec9034c06fee83345a7f5aea77b9bf8
      """)
    let key = try Secret(copying: Array(0..<32))
    #expect(revealed(try Sealing.open(sealed, with: key)) == Array(#"{"env":[{"key":"A","value":"1"}]}"#.utf8))
    #expect(refusal { _ = try Sealing.open(sealed, with: try Secret(copying: Array(1..<33))) } == .invalid)
    for count in [0, 31, 32, 44, 59, 60, sealed.count - 1] {
      #expect(refusal { _ = try Sealing.open(Array(sealed[..<count]), with: try Secret(copying: Array(0..<32))) } == .invalid)
    }
  }
}
