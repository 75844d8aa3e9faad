import Testing

@testable import agent

/// Digests made with Python's hashlib (SHA-3) and PyCryptodome (Keccak): nothing, the examples of NIST and Ethereum, the example of
/// TdxQuote, and lengths around one block of each rate.
struct KeccakTests {
  struct Known: Sendable {
    let message: [UInt8]
    let keccak: String
    let sha3: String
  }

  static let of256: [Known] = [
    Known(
      message: [],
      keccak: "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470",
      sha3: "a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a"),
    Known(
      message: Array("abc".utf8),
      keccak: "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45",
      sha3: "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532"),
    Known(
      message: Array("app-data:test data".utf8),
      keccak: "d4dc58f44cdbf404c8cfd60d971c7d17b3622b800fbf71884db31d5c67223179",
      sha3: "6de93ec2d6d9d12b794437bd47c464078c3f06201caa7f90053908715925adb0"),
    Known(
      message: counting(135),
      keccak: "cbdfd9dee5faad3818d6b06f95a219fd290b0e1706f6a82e5a595b9ce9faca62",
      sha3: "fded8fd9d6551c601eeb3b7c6bc5e5cfd8aad1d015b7e9aaa9c9b9475231d5e2"),
    Known(
      message: counting(136),
      keccak: "7ce759f1ab7f9ce437719970c26b0a66ff11fe3e38e17df89cf5d29c7d7f807e",
      sha3: "cf3ccff92480a29160c2d38317c430e14749bfee1788106957dfe73f8c4930e5"),
    Known(
      message: counting(137),
      keccak: "ac73d4fae68b8453f764007c1a20ce95994187861f0c3227a3a8e99a73a3b1db",
      sha3: "ce9d7dc90913ee5d92745019479a5352c6d6279bef18ed07dc0a83ee8084daca"),
    Known(
      message: counting(1000),
      keccak: "af692982e84a5a9688359025660a7857cd28ee7c8d867cfa1677baf2e6d1f63b",
      sha3: "48e66a01861d0eadaacdb7a6ae7db6b9ac79242ecced4154a9fbb33c4e3cc571"),
  ]

  static let of384: [Known] = [
    Known(
      message: [],
      keccak: "2c23146a63a29acf99e73b88f8c24eaa7dc60aa771780ccc006afbfa8fe2479b2dd2b21362337441ac12b515911957ff",
      sha3: "0c63a75b845e4f7d01107d852e4c2485c51a50aaaa94fc61995e71bbee983a2ac3713831264adb47fb6bd1e058d5f004"),
    Known(
      message: Array("abc".utf8),
      keccak: "f7df1165f033337be098e7d288ad6a2f74409d7a60b49c36642218de161b1f99f8c681e4afaf31a34db29fb763e3c28e",
      sha3: "ec01498288516fc926459f58e2c6ad8df9b473cb0fc08c2596da7cf0e49be4b298d88cea927ac7f539f1edf228376d25"),
    Known(
      message: Array("app-data:test data".utf8),
      keccak: "a2e1a299843e9a2770f933043b032b894fcd74cb5ed437e79575431dbcc48954b3040fc0d0ccc32577b74bed2bf31596",
      sha3: "0a0032793a8ad200f8b7fe70f7c8ce9154d81c933d888800a6fa7bb1d2ab1055487e6bd66c3221edf3e854ba726823bf"),
    Known(
      message: counting(103),
      keccak: "594b7f9a689485dba9802ed9f13e986b0b9bb83b448d402a37a628fedbeee0783b1d03c8a9a211fe9d8269a6a45ad0a1",
      sha3: "1f91ee551ad18f268876d1fc262f137fe196580216c5193819a95ec5222537d2a658dd129c3d8080e65ec7460f1f4704"),
    Known(
      message: counting(104),
      keccak: "7f6de44434fc3011507c34186e81e80174f82052f4c63e67b85fc82835ec7659a767052484569835c98bcdc82c785e3f",
      sha3: "5b8d0d5cf8b41be507be8fcbfcbdbac3a28eb368d430fed6780aaa78a93a8da4a6c50485949ca344f228be91a96005a3"),
    Known(
      message: counting(105),
      keccak: "1480a097d5c3cc04b85bfba18666c3fd5f246744f8798f247f3c107187d8899a2711edd8aa5cfcaf77b9f33450c8d785",
      sha3: "4a2f0a8f2f1f4cc4605cc2537e0be28cf8b465c30f0a54b494a7128ec54ee4e85706b5e47a5697344d15cbf85680cd40"),
    Known(
      message: counting(1000),
      keccak: "f2c25e476fb2c046931f4cd056efaa2c85031876364a1d462c493eb2db2707805c59d7b4a23c0acd20e3ff8d20945022",
      sha3: "43e60a7ef818a0e367fcd4ede8f5fabbdb7090cb45972bb7a84038cc3abf4fc26c4f44b59d3a0306c973b66e84c8890b"),
  ]

  static let of512: [Known] = [
    Known(
      message: [],
      keccak: "0eab42de4c3ceb9235fc91acffe746b29c29a8c366b7c60e4e67c466f36a4304"
        + "c00fa9caf9d87976ba469bcbe06713b435f091ef2769fb160cdab33d3670680e",
      sha3: "a69f73cca23a9ac5c8b567dc185a756e97c982164fe25859e0d1dcc1475c80a6"
        + "15b2123af1f5f94c11e3e9402c3ac558f500199d95b6d3e301758586281dcd26"),
    Known(
      message: Array("abc".utf8),
      keccak: "18587dc2ea106b9a1563e32b3312421ca164c7f1f07bc922a9c83d77cea3a1e5"
        + "d0c69910739025372dc14ac9642629379540c17e2a65b19d77aa511a9d00bb96",
      sha3: "b751850b1a57168a5693cd924b6b096e08f621827444f70d884f5d0240d2712e"
        + "10e116e9192af3c91a7ec57647e3934057340b4cf408d5a56592f8274eec53f0"),
    Known(
      message: Array("app-data:test data".utf8),
      keccak: "ef1814eeea0a98e6c1f502c4f14db4c7076a0970a9392d02e74e70890029fa25"
        + "107fb740ed8154ecd55768795faf55ef84852af20dbfe6abb25cae4db00db008",
      sha3: "cd7c46f6eb03e4310a693bfa6b713666cc74aca0b0efe421b988a9199671d1aa"
        + "81d113e4aa0b8e500af2f1cdd59ddb000d82c7fe3e1242c2e4512ad133f03399"),
    Known(
      message: counting(71),
      keccak: "fe0953f9afdffed7ff9764c2590ff0e6af1b0689e42ddca68d6ef003ddce2671"
        + "b806e0d2e6d57117bb75ad6166e2e990ca662b6a7f8945584f5308459eabae15",
      sha3: "3ccc850d53a1287af7b4560b2ef0d43eb5d9a80d62a0e9cf1dbc040135921104"
        + "d4395168e90bfc871773ebb34bca1bd67056e1cc7dc7a48ff7c3167d389f117c"),
    Known(
      message: counting(72),
      keccak: "76fa23369085405345fe6a2831f334113bee6b111056e21072082af56e7c1ab4"
        + "458858dbdb5f88e0d86d38ca654310c9a30712319c1f4f9783fe9f3ac0469527",
      sha3: "5d63f2bbe971a983ac6847480106e4e1264ee3a0befd79954914e1d86e795b2e"
        + "18238f12fc5e46cb9cc78efdec610a93647cc04e1c23d8caaa6a58c21dd26c07"),
    Known(
      message: counting(73),
      keccak: "e417b9573c871d948d48f62f6b16ea6cd1f1557a462ff5c1ae276d14d2fb43cd"
        + "7084631656bf60f4ceb881133113d304335bd93487e8ec3e845ebc3c1877ca12",
      sha3: "921d9b7b2b0f3066a1646dbb058c979cb3925dec0f8c269faaa7f9648e73465a"
        + "e55ec527257d5d5e1cfdbf5d6799bea1004b6186f5108c74e3b92fe924166558"),
    Known(
      message: counting(1000),
      keccak: "dec8169d40c30076041b00181c5fdfcc36b95f2acb6ff5bbaea772c37d91885b"
        + "4c85b1463c718e9e6ffed3896c01d2aede2904c80c1fd6d6d4a5e87b991db490",
      sha3: "b8030d306ae990bc794bfb3a6100f67851889d6c272257afac7d1077a18660d6"
        + "ea8d0da5d2299c3ebaa0d34baf62cc58ac1fd4476506cf512a4897bb083a6fc4"),
  ]

  @Test(arguments: of256)
  func bits256(_ known: Known) {
    #expect(Keccak.keccak(known.message, .bits256) == octets(known.keccak))
    #expect(Keccak.sha3(known.message, .bits256) == octets(known.sha3))
  }

  @Test(arguments: of384)
  func bits384(_ known: Known) {
    #expect(Keccak.keccak(known.message, .bits384) == octets(known.keccak))
    #expect(Keccak.sha3(known.message, .bits384) == octets(known.sha3))
  }

  @Test(arguments: of512)
  func bits512(_ known: Known) {
    #expect(Keccak.keccak(known.message, .bits512) == octets(known.keccak))
    #expect(Keccak.sha3(known.message, .bits512) == octets(known.sha3))
  }

  private static func counting(_ count: Int) -> [UInt8] { (0..<count).map { UInt8($0 % 251) } }
}
