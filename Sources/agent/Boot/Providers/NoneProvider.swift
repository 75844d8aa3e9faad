/// No provider: fresh keys each boot, which nobody else ever has.
final class NoneProvider: Provider {
  /// Bytes of the seed.
  private static let seedSize = 32

  override func appKeys(_ evidence: BootEvidence) throws(AgentError) -> AppKeys {
    try Self.keys(try SeedKeys(seed: try Random.secret(Self.seedSize)), evidence)
  }

  private static func keys(_ keys: consuming SeedKeys, _ evidence: BootEvidence) throws(AgentError) -> AppKeys {
    let reportData = TLSIdentity.reportData(keys.ca)
    let root = try LocalAuthority.appRoot(keys.ca, extensions: [(number: 8, content: try evidence.attestation(reportData))])
    let provider = KeyProvider(kind: .none, key: try keys.ca.pem())
    return AppKeys(
      diskCryptKey: keys.diskCryptKey, envCryptKey: nil, k256Key: keys.k256Key, k256Signature: [], gatewayAppId: [],
      caCert: root,
      provider: provider)
  }
}
