import Testing

@testable import agent

/// The keys of v1: upstream's known answers (docs/spec/keys.md), with recovery ids of both kinds.
struct DerivedKeyV1Tests {
  struct Known: Sendable {
    let domain: String
    let curve: KeyCurve
    let key: String
    let publicKey: String
    let link: String
  }

  private static let root = "1a2b3c4d5e6f7a8b9c0d1e2f3a4b5c6d7e8f9a0b1c2d3e4f5a6b7c8d9e0f1a2b"

  static let known: [Known] = [
    Known(
      domain: "", curve: .secp256k1,
      key: "59f60584ce6fd2a3a31997256db9d77322463fc8a6b1520110401bcb1ee92387",
      publicKey: "0377c7fb050db181d392266a3cee9adb2901c6d665f11bac68be5457f577ba4908",
      link: "64d1fa91d9a9d5506472633d70118f5b9ae37bed252333faab8b06e08562367572"
        + "a32909814a4bb66a46e5236f611a2cd3b08dfbaca54316b734c43cb6608e8800"),
    Known(
      domain: "", curve: .ed25519,
      key: "b023493030669cf22e9cafa6a464d4cf3ae4edfe5474ec796710f21ea011946d",
      publicKey: "a3dc149fd5b765eab2eb7d3174fa939e39386898f10b15b7b146f6f1358ecf2a",
      link: "4bf1a83941fd50157e75004306f6738997a471a755e2c7d87673705ee295226065"
        + "3dc0d6dca3f76d5371affd82220c40595c508e9f58f1b84fc8ee4dce57e2fa00"),
    Known(
      domain: "storage-encryption", curve: .secp256k1,
      key: "5510330f86902ddae38c6d89c93a8408019332c17a429e1abd01c4a28d1544a6",
      publicKey: "03d962450a41748021c8b02787ac36ce642ff0ae25f4c55019eb527e1112cfd764",
      link: "5b6193729ce7976ec67863f21692d4b98c69832698aae8e001a7d33a6f818b6e46"
        + "ca950725b6e90e8ca9bcf394abd03ce264bf9b7eec1e91693247f9dd53c26901"),
    Known(
      domain: "storage-encryption", curve: .ed25519,
      key: "3c4c3ece12fa99ccb93fc0090877f80e70545fdd971e2ac93d3398c4684538d3",
      publicKey: "2380c4a33a60b60613fa43866421e5b96eb8dcde211317200fd0d41e7e491288",
      link: "7bd60fee4da6b5a3e97b991dc4a33dce5bae5928024cffe296aded3c7757e85c3f"
        + "5ecca33f2dfa43ecaa76361dc0ef44b318a160ce5c742433376af70be9426000"),
    Known(
      domain: "wallet", curve: .secp256k1,
      key: "2580611f0f936abe59399a8ac4ed9964d0259bd34c88ea012ca42b32acbf9386",
      publicKey: "0369cecd3c8da88730f7d45875824c3e75f63a2d3da4be42f45671954daa2abb28",
      link: "af26d2f258d34580e7288bd83fc97bddc83769476d77823c4f76a3ad77a751491a"
        + "39ffc4ef3aa66cb0d008b8f6f199e6d57c1da9a92ba4cf10f23bf752b8cad000"),
    Known(
      domain: "wallet", curve: .ed25519,
      key: "d76a703b08ebb074b809b9d6acf3d7c6663131273807717ce9d23bbadc2c644e",
      publicKey: "dade622d0fa1641e79b16e0b04e296be671f85f0aa6387b7d37e9d89f87494f5",
      link: "8d1eb70be36f529bdcce7bfd44f3081dff43d9b02ceeb5c71b53ce415b2a884a64"
        + "7d1a67dc0936e03332c81b2492689b2c9621480cb116c42e5fcdf39fc2cfbd01"),
    Known(
      domain: "a/b/c", curve: .secp256k1,
      key: "7f0973449298085d2d36a3b4c4d3243c100ba1981ffa885fe9e9dee883e69538",
      publicKey: "02e9b1a61b6d70aa9b241753828c316bf90e33e77b2e113f9ba75a8b6dc3cde5c1",
      link: "fa2364974d33283d43f67651966bf63a6f4784126b1450ebaed8aafdea9099a532"
        + "f9ae6ec0cca3be63b04b8de9d21df3fbf7bcafadcccda1909c4b5154fdb3d300"),
    Known(
      domain: "k\0:ey", curve: .ed25519,
      key: "42da8bf0b479ed125c370e3b91f982735bf08ff592abbd586985affa43ee96a1",
      publicKey: "c833107822b003ff5675b33b90b151d4315c3ab9162b17d876e8dffde41abf9b",
      link: "9ec0b9c708eb12ccdf52a6e2955b4d52072820c5760b08deb508c35cee0306032b"
        + "838e6bfb7f135ebb061fcff8e532e23be660496605ca48c7f65d952b705aae00"),
    Known(
      domain: "鍵", curve: .ed25519,
      key: "d7b8639878e1c40454acb890784dd85dd85770d795f6ae8a7186bc44990eec66",
      publicKey: "2282fcfbb08fed05cc531aabb778633b1d2f30faf8edc23f7749387183e9ac8f",
      link: "9fe2faa314b83a9fab533e198fbc3812fc2393b74917708cef3bb11ebd8c17834f"
        + "3e5310e74dde91d653df8711b0bb894fb03fd005e6c8cd712c878e78efb00200"),
  ]

  @Test(arguments: known)
  func getKey(_ known: Known) throws {
    let keys = try AppKeyFile().parsed(k256: Self.root, signature: octets(DerivedKeyTests.k256Signature))
    let key = try DerivedKey(keys, domain: utf8(known.domain), known.curve)
    #expect(revealed(key.secret) == octets(known.key))
    #expect(key.publicKey == octets(known.publicKey))
    #expect(key.signatureChain == [octets(known.link), octets(DerivedKeyTests.k256Signature)])
  }

  /// Neither a draft's keys nor v0's come out.
  @Test func others() throws {
    let keys = try AppKeyFile().parsed(k256: Self.root, signature: [])
    let wallet = try DerivedKey(keys, domain: utf8("wallet"), .secp256k1)
    #expect(revealed(wallet.secret) != octets("c2b47271c2956c020eb471f3d6ec9a08bac4ce72d158078592c3bfd9db67808c"))
    let older = try DerivedKey(keys, path: utf8("wallet"), purpose: [], .secp256k1)
    #expect(revealed(wallet.secret) != revealed(older.secret))
    #expect(wallet.signatureChain[0] != older.signatureChain[0])
    // the algorithm determines the key as well
    #expect(revealed(try DerivedKey(keys, domain: utf8("wallet"), .ed25519).secret) != revealed(wallet.secret))
  }

  @Test(arguments: [
    ("", "algorithm is required, use `secp256k1` or `ed25519`"),
    ("k256", "unsupported algorithm `k256`, use `secp256k1` or `ed25519`"),
    ("secp256k1_prehashed", "unsupported algorithm `secp256k1_prehashed`, use `secp256k1` or `ed25519`"),
    ("SECP256K1", "unsupported algorithm `SECP256K1`, use `secp256k1` or `ed25519`"),
    ("a\nb\u{7f}é", "unsupported algorithm `a?b???`, use `secp256k1` or `ed25519`"),
  ])
  func refused(_ algorithm: String, _ text: String) throws {
    let keys = try AppKeyFile().parsed()
    var arguments = GetKeyV1.Arguments()
    arguments.algorithm = utf8(algorithm)
    #expect(failureText { _ = try GetKeyV1(arguments, keys) } == text)
  }

  /// How much of a name is quoted; the log quotes none of it.
  @Test func longName() throws {
    let keys = try AppKeyFile().parsed()
    for (count, shown) in [(Limits.quotedName, Limits.quotedName), (Limits.quotedName + 1, Limits.quotedName)] {
      var arguments = GetKeyV1.Arguments()
      arguments.algorithm = [UInt8](repeating: 0x61, count: count)
      do throws(AgentError) {
        _ = try GetKeyV1(arguments, keys)
        Issue.record("it is taken")
      } catch {
        #expect(error.text.count(where: { $0 == 0x60 }) == 6)
        #expect(error.text.contains(utf8("`" + String(repeating: "a", count: shown) + "`")))
        #expect(Response.error(error).failure == utf8("unsupported algorithm"))
      }
    }
  }
}
