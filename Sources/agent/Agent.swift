/// What the endpoints work with. One a process.
final class Agent {
  let config: Config
  let keys: AppKeys
  let authority: CertificateAuthority
  /// Sign's keys, which are the same at every call.
  private var secp256k1Key: SigningKey?
  private var ed25519Key: SigningKey?

  /// Throws for an app keys file that is missing or broken.
  init(_ config: Config) throws(AgentError) {
    self.config = config
    keys = try AppKeys.load(config.keysFile)
    authority = try CertificateAuthority(keys)
  }

  /// The app's signing key: GetKey's with path `vms` and purpose `signing`.
  func signingKey(_ curve: KeyCurve) throws(AgentError) -> SigningKey {
    if let kept = curve == .secp256k1 ? secp256k1Key : ed25519Key { return kept }
    let key = try SigningKey(keys, curve)
    switch curve {
    case .secp256k1: secp256k1Key = key
    case .ed25519: ed25519Key = key
    }
    return key
  }
}

/// A derived key that is kept.
final class SigningKey {
  let key: DerivedKey

  init(_ keys: borrowing AppKeys, _ curve: KeyCurve) throws(AgentError) {
    key = try DerivedKey(keys, path: bytes("vms"), purpose: bytes("signing"), curve)
  }
}
