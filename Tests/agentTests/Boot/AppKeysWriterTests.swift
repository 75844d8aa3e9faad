import Testing

@testable import agent

struct AppKeysWriterTests {
  private static func keys(_ kind: KeyProvider.Kind, env: Bool, signature: [UInt8]) throws -> AppKeys {
    let envKey: Secret? = env ? try Secret(copying: [UInt8](repeating: 3, count: 32)) : nil
    let provider = KeyProvider(kind: kind, key: try Secret(copying: utf8("-----BEGIN\nx\n")))
    let disk = try Secret(copying: [UInt8](repeating: 1, count: 32))
    let k256 = try Secret(copying: [UInt8](repeating: 2, count: 32))
    return AppKeys(
      diskCryptKey: disk, envCryptKey: envKey, k256Key: k256, k256Signature: signature, gatewayAppId: utf8("any"),
      caCert: utf8("PEM\n"), provider: provider)
  }

  private static func written(_ keys: AppKeys) -> [UInt8] { keys.text().storage }

  @Test func readBack() throws {
    let signature = [UInt8](repeating: 9, count: 65)
    let kinds: [KeyProvider.Kind] = [
      .none, .local(mr: [1, 2]), .tpm(publicKey: [3]),
      .kms(url: utf8("https://k"), publicKey: [4], temporaryCert: utf8("CERT\n")),
    ]
    for (index, kind) in kinds.enumerated() {
      let text = Self.written(try Self.keys(kind, env: index % 2 == 0, signature: index == 3 ? signature : []))
      let keys = try AppKeys.parse(try Secret(copying: text))
      #expect(revealed(keys.diskCryptKey) == [UInt8](repeating: 1, count: 32))
      #expect(revealed(keys.k256Key) == [UInt8](repeating: 2, count: 32))
      switch keys.envCryptKey {
      case .some(let key): #expect(index % 2 == 0 && revealed(key) == [UInt8](repeating: 3, count: 32))
      case .none: #expect(index % 2 == 1)
      }
      #expect(keys.k256Signature == (index == 3 ? signature : []))
      #expect(keys.gatewayAppId == utf8("any"))
      #expect(keys.caCert == utf8("PEM\n"))
      #expect(revealed(keys.provider.key) == utf8("-----BEGIN\nx\n"))
      switch (keys.provider.kind, index) {
      case (.none, 0): break
      case (.local(let mr), 1): #expect(mr == [1, 2])
      case (.tpm(let key), 2): #expect(key == [3])
      case (.kms(let url, let key, let cert), 3):
        #expect(url == utf8("https://k"))
        #expect(key == [4])
        #expect(cert == utf8("CERT\n"))
      default: Issue.record("another provider")
      }
    }
  }

  /// The member that other readers require.
  @Test func noEnvKey() throws {
    let text = String(decoding: Self.written(try Self.keys(.none, env: false, signature: [])), as: UTF8.self)
    #expect(text.contains(#""env_crypt_key":"","#))
    #expect(text.contains(#""key_provider":{"None":{"key":"-----BEGIN\nx\n"}}"#))
  }
}
