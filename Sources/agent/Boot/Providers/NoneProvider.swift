/// No provider: keys are generated afresh at each boot and never leave the guest.
final class NoneProvider: Provider {
  /// Bytes of the seed.
  private static let seedSize = 32

  override func appKeys(_ evidence: BootEvidence) throws(AgentError) -> AppKeys {
    let keys = try SeedKeys(seed: try Random.secret(Self.seedSize))
    let reportData = TLSIdentity.reportData(keys.ca)
    let root = try LocalAuthority.appRoot(keys.ca, extensions: [(number: 8, content: try evidence.attestation(reportData))])
    let provider = KeyProvider(kind: .none, key: try keys.ca.pem())
    return AppKeys(
      diskCryptKey: Secret(sharing: keys.diskCryptKey), envCryptKey: nil, k256Key: Secret(sharing: keys.k256Key),
      k256Signature: [], gatewayAppId: [], caCert: root, provider: provider)
  }
}
