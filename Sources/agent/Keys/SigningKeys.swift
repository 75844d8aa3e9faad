/// The keys that Sign uses: GetKey's with path `vms` and purpose `signing`. They never change, so each is derived only once.
final class SigningKeys {
  private var secp256k1: DerivedKey?
  private var ed25519: DerivedKey?

  /// The app's key on a curve. `keys` must be the same in every call.
  func key(_ curve: KeyCurve, of keys: AppKeys) throws(AgentError) -> DerivedKey {
    // a child has none of the kept keys, but may be lent the one that they derive from
    if !SecretArena.isInChild, let kept = curve == .secp256k1 ? secp256k1 : ed25519 { return kept }
    let key = try DerivedKey(keys, path: bytes("vms"), purpose: bytes("signing"), curve)
    switch curve {
    case .secp256k1: secp256k1 = key
    case .ed25519: ed25519 = key
    }
    return key
  }
}
