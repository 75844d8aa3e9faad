/// The keys that Sign signs by: GetKey's with path `vms` and purpose `signing`. They are the same at every call, so each is derived
/// once.
final class SigningKeys {
  private var secp256k1: SigningKey?
  private var ed25519: SigningKey?

  /// The key of an app on a curve. `keys` are the same at every call.
  func key(_ curve: KeyCurve, of keys: borrowing AppKeys) throws(AgentError) -> SigningKey {
    // a child has no key that is kept, but may be lent the one that they come from
    if !SecretArena.isInChild, let kept = curve == .secp256k1 ? secp256k1 : ed25519 { return kept }
    let key = SigningKey(try DerivedKey(keys, path: bytes("vms"), purpose: bytes("signing"), curve))
    switch curve {
    case .secp256k1: secp256k1 = key
    case .ed25519: ed25519 = key
    }
    return key
  }
}

/// A derived key that is kept.
final class SigningKey {
  let key: DerivedKey

  init(_ key: consuming DerivedKey) { self.key = key }
}
