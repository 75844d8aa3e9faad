import Testing

@testable import agent

/// The keys of the public development guest that the SDKs are tested with: what clients already rely on.
struct DerivedKeyTests {
  struct Known: Sendable {
    let path: String
    let purpose: String
    let curve: KeyCurve
    let secret: String
    let publicKey: String
    let signature: String
  }

  static let k256Key = "d6e88992cdeeee35fe70b5db61ab66cdb191fb9b6ec9313757ef162dd7214d5d"
  static let k256Signature = """
    9e618603e72d01fedb82deff6daf2d62a572becf0059eec3f89c1ab40e1f2e59
    4d2a283f843f34e8f39e4cc49a612496ce67223a12ac923f8efe330346dfc6c500
    """

  static let known: [Known] = [
    Known(
      path: "", purpose: "", curve: .secp256k1,
      secret: "aa221ae548b5a8f52fcb8687cfd873712f6a1232b2717e5ee3d58ab74f21905b",
      publicKey: "027458ba47c31272b5076edebdc1ecdaedef806b10d76dd0a209cbd1fa14a3f9cf",
      signature: "64ce2f1b381d04f7404fda78bdc942c314d89b7069d97eea1897e51b249dd3b1"
        + "700995cbf7efe7ff04195dd6e31f153b702eeeeaffc5941510739dc39b9bd9cf01"),
    Known(
      path: "", purpose: "", curve: .ed25519,
      secret: "aa221ae548b5a8f52fcb8687cfd873712f6a1232b2717e5ee3d58ab74f21905b",
      publicKey: "c44343eb0e365d78ce908790834a24621e489af0e91cf2f123daf28cf74aed20",
      signature: "4210633c6792b54f99eda1b2a9c7e1f6507c02c01bcabf230d35dc4c00a6b090"
        + "2fccd45b383e8f3035c0fcdcba534b80f8849a5b5849257bc71d9f838620cd3e00"),
    Known(
      path: "/", purpose: "test", curve: .ed25519,
      secret: "f6c1ed94488394d78e0a4e5ab75d62e9f085d73b0b555d0614fb90ca13d9464d",
      publicKey: "50c1bfb9452a56317338272a252bd7430b38843d10fa4d491351a434a13bdc21",
      signature: "7752352aa2ad8b337a3845661073fb42ef1b1d3313d8ce0b8976ccc21505e0c6"
        + "2e79eb7aaf9b51768b0f9762e62098710ce4e8cabd450670b2fb0040e8551cb300"),
    Known(
      path: "/test", purpose: "purpose", curve: .secp256k1,
      secret: "5659d67867ac5487dc181b88d96abf4749728a6282100684d48a04a304e5a06d",
      publicKey: "021aa84b77f386ad4607439f39fe02d584c52474cf9d8f45aeaa06ee3cea65dfa7",
      signature: "044c2670fd19c6562e16dd745d3e2ebaf75b571874259a32f79f92bbfc1caec5"
        + "5b9bc3228cfd9332994e0ed821d4cf145ffd9e5de824f97f88725e32f0a335b800"),
    Known(
      path: "test/wallet", purpose: "ethereum", curve: .secp256k1,
      secret: "143a1b5adb60fb8a1b39c908d98bdecf11e748f79034e09a4af94712baa93cd5",
      publicKey: "032eb32fe300c29e10f805c8bd345e5601b1c6d0e10d645d49f9d6aae8bb0664f7",
      signature: "4cd82bd2cbee0deb95b128a91a4b09fb0868a6a681f1e36ee0273e127fcf9b00"
        + "1f2f6609ff26dbbdd2db3e412fd6f7a756db067cec4cfa81409adf369778331700"),
    Known(
      path: "user/alice", purpose: "mainnet", curve: .secp256k1,
      secret: "5c571c2fea4aa2e0b4c70d9399f2565695d3dfb93d77d17285ad194815cdf897",
      publicKey: "02aa891437ce1685472486b255c04a0eea6a111d2adbbc57a0ebcc874b9cdc5d5e",
      signature: "66ce4bc272e17f33e38aa15bbba6e108582ee4962536771a8f6e30ca10a128b1"
        + "7b7ac2e6a74f889f6243fbc49cb3a9e660171c1c17d68bd7272b5aef455d49dc00"),
    Known(
      path: "sol/test", purpose: "wallet", curve: .secp256k1,
      secret: "1cbd27e7ab5dec3f6ab7ae102a6df5e16562c90e0b6058fd26347f30b05a3ead",
      publicKey: "035be87cd1e5ace6222118c8a88055f0bab1f1f650f3830b16867029db0502bac3",
      signature: "b715fd62eb7dc1a475cc16e0e26fe96ac4823173b0d62ba533b7ce16e1c06b97"
        + "25559d973e7972598be98c113f00b5f84315bf142ad0b2e5c5ded4caec7fe62d01"),
    Known(
      path: "vms", purpose: "signing", curve: .secp256k1,
      secret: "1091a4d6721f6a719ca57320e4975f7e237649131111ee1c5032f661dc1cfef2",
      publicKey: "036105f01d1fd781568f7c208b087b1c4f522601410ed7e9c7870d573de7c46d54",
      signature: "51ec279eb0da3fb45335c2fd6badaf701905bf35f229912976c4ae3c9d649cf9"
        + "7f964473f2dce7118743bad84a6df707d11c9b5f0b38379204e14fd2c7baddba01"),
    Known(
      path: "测试/🦀", purpose: "用途", curve: .secp256k1,
      secret: "1aec677b77fb401007255bbbd83e05b40d913f094fa4a0057060c89f52414fce",
      publicKey: "02b9e988541f2b5f3b8b39d646ac2549f819641e2402e52afcf01336bdfa754212",
      signature: "2a1872154684878440bc7cb997df6ef1c25aaa3098b53bedb7e58be112f5b65a"
        + "2f09c67123f6cd2f93c4ddc9b201ea5ea5cd99e59765d26982e8e1bcd1f71e0e00"),
    Known(
      path: "with:colon", purpose: "a:b", curve: .secp256k1,
      secret: "6f7f07bdb505805fa1da6df4291af1dc40536a5f11a5ec1380f47186cf22a88c",
      publicKey: "023245c24abd91582bf78c90b0155881479e5488d52eff5bdf4817f74a2a16d840",
      signature: "7c5e9784e8297baac5c7f0259738f0589b011dd3a4ccba03b2968fefa89f9f27"
        + "7b90fddc495977bc05b1b726d9788b9b40cb2140ad812f0ad043ece5695a92b000"),
  ]

  /// Signatures by the key with path `vms`, for secp256k1 over a digest: message or digest, and signature.
  static let signed: [(curve: KeyCurve, message: String, signature: String)] = [
    (
      .ed25519, "54657374206d65737361676520666f72207369676e696e67",
      "5d1b901403e9a4a03b4f854d0895abd7289f68381cd1044212c0e0c779493fc4"
        + "886bfd139e3b8e6bf214d38b2ae15a32708f8f18805061a2079cca1c79288f04"
    ),
    (
      .secp256k1, "088736024c01dfdddb38ce9b739564d4a8acadbeea1b0fcc9e2febaa5a045e3c",
      "673932366ab5452967919dbb290a20b095e0a65ef35baa7bd47abcc23e37f0dc"
        + "3f42c80fc1680af6ba57c9cb5bcf08f5d89aa4b6f69c819ef28045b0e0134992"
    ),
    (
      .secp256k1, "62a5f2619cb72b16e36693aef839140b044e68f6e9517ab9b8418ee9e00717bf",
      "7e5730c0248fea3dd41d68002593a3403d51d26ca1e2e3bfc21c98efcbd1373c"
        + "72d013047cfc4fe8366d2a74d3c0c85c962641d34651289ee212d4942299a2dc"
    ),
    (
      .secp256k1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
      "2de7b0ad80d3073299b68e4c56224bf6a5b9c7d1b70d023fef635c91d897a705"
        + "3577abbe5aa862cd9f424534a37a8b1b5054eb0ba8abb6750df14c559dc2463d"
    ),
  ]

  @Test(arguments: known)
  func getKey(_ known: Known) throws {
    let keys = try AppKeyFile().parsed(k256: Self.k256Key, signature: octets(Self.k256Signature))
    let key = try DerivedKey(keys, path: Array(known.path.utf8), purpose: Array(known.purpose.utf8), known.curve)
    #expect(revealed(key.secret) == octets(known.secret))
    #expect(key.publicKey == octets(known.publicKey))
    #expect(key.signatureChain == [octets(known.signature), octets(Self.k256Signature)])
  }

  @Test(arguments: signed)
  func sign(_ curve: KeyCurve, _ message: String, _ signature: String) throws {
    let keys = try AppKeyFile().parsed(k256: Self.k256Key, signature: octets(Self.k256Signature))
    let key = try DerivedKey(keys, path: Array("vms".utf8), purpose: Array("signing".utf8), curve)
    #expect(try key.sign(octets(message)) == octets(signature))
  }

  /// The path determines the key, the purpose only the signature.
  @Test func purposeDoesNotDerive() throws {
    let keys = try AppKeyFile().parsed()
    let first = try DerivedKey(keys, path: [1], purpose: [1], .secp256k1)
    let second = try DerivedKey(keys, path: [1], purpose: [2], .secp256k1)
    let third = try DerivedKey(keys, path: [2], purpose: [1], .secp256k1)
    #expect(first.publicKey == second.publicKey)
    #expect(first.signatureChain != second.signatureChain)
    #expect(first.publicKey != third.publicKey)
  }

  /// Without a KMS the second link is empty.
  @Test func withoutRootSignature() throws {
    let keys = try AppKeyFile().parsed()
    let key = try DerivedKey(keys, path: [], purpose: [], .ed25519)
    #expect(key.signatureChain.count == 2)
    #expect(key.signatureChain[1] == [])
  }

  /// P-256 secrets of the older DeriveKey: path, PKCS#8 and SubjectPublicKeyInfo.
  static let p256: [(path: String, pem: String, spki: String)] = [
    (
      "",
      """
      -----BEGIN PRIVATE KEY-----
      MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgqiIa5Ui1qPUvy4aH
      z9hzcS9qEjKycX5e49WKt08hkFuhRANCAASKsjepekWIat50KbJyyOuHS36a4t0R
      pOHSlbNIb0V/HiZIxBx9lep43f0XALNXkz1yhgyYDNhy6LqFVaA9Wkn8
      -----END PRIVATE KEY-----

      """,
      """
      3059301306072a8648ce3d020106082a8648ce3d030107034200048ab237a97a45886ade7429b272c8eb874b7e9ae2dd
      11a4e1d295b3486f457f1e2648c41c7d95ea78ddfd1700b357933d72860c980cd872e8ba8555a03d5a49fc
      """
    ),
    (
      "test",
      """
      -----BEGIN PRIVATE KEY-----
      MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgEz6MpuUy6tPjjwA0
      dAh3HaKW6ccOjj42L0hRVOZO9OihRANCAATq4OAo6VD5JMiYF1MjLZvxceBHBrF2
      c9VWSegUWDWFkwhFbsmNZgBvB2z3xllwth3h5fYZSAw6kRpwAjQ2DShX
      -----END PRIVATE KEY-----

      """,
      """
      3059301306072a8648ce3d020106082a8648ce3d03010703420004eae0e028e950f924c8981753232d9bf171e04706b1
      7673d55649e8145835859308456ec98d66006f076cf7c65970b61de1e5f619480c3a911a700234360d2857
      """
    ),
    (
      "eth/test",
      """
      -----BEGIN PRIVATE KEY-----
      MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgeTdauTkTBMqgL5Da
      g3zgJAZsK3fUeIL+iFdsFKRMvz+hRANCAASZlwtX4/lHQzY4NtAlI9YU2b/jKxjF
      rNpYXxOhfOl9QBNkRPfBG5mwGgP5R3QxZX6U6Em4OkHQfEzbOxTGQ4Pt
      -----END PRIVATE KEY-----

      """,
      """
      3059301306072a8648ce3d020106082a8648ce3d0301070342000499970b57e3f94743363836d02523d614d9bfe32b18
      c5acda585f13a17ce97d40136444f7c11b99b01a03f9477431657e94e849b83a41d07c4cdb3b14c64383ed
      """
    ),
  ]

  @Test(arguments: p256)
  func deriveP256(_ path: String, _ pem: String, _ spki: String) throws {
    let key = try P256(scalar: try Hash.derive(try secret(Self.k256Key), Array(path.utf8)))
    #expect(revealed(try key.pem()) == Array(pem.utf8))
    #expect(key.spki == octets(spki))
  }
}
