/// A key of the app, and the proof that it is one (spec/keys.md, Derivation and Signature chain of GetKey).
struct DerivedKey: ~Copyable {
  /// 32 bytes: a secp256k1 secret or an Ed25519 seed.
  let secret: Secret
  /// 33 bytes (secp256k1, compressed) or 32 (Ed25519).
  let publicKey: [UInt8]
  /// The app key's signature over purpose and public key, 65 bytes, and the KMS root's over the app key (`AppKeys.k256Signature`).
  let signatureChain: [[UInt8]]
  /// For Ed25519, whose signatures need the public key beside the secret.
  private let ed25519: Ed25519?

  /// Path and purpose are any bytes. The path alone decides over the key. Throws in the one case in 2^128 in which the derived bytes
  /// are no secp256k1 secret.
  init(_ keys: borrowing AppKeys, path: [UInt8], purpose: [UInt8], _ curve: KeyCurve) throws(AgentError) {
    let secret = try Hash.derive(keys.k256Key, path)
    let publicKey: [UInt8]
    var ed25519: Ed25519?
    switch curve {
    case .secp256k1:
      publicKey = try Secp256k1.publicKey(of: secret)
    case .ed25519:
      let key = try Ed25519(seed: secret)
      publicKey = key.publicKey
      ed25519 = consume key
    }
    let message = purpose + bytes(":") + Hex.encode(publicKey)
    let signature = try Secp256k1.signRecoverable(Keccak.keccak(message, .bits256), with: keys.k256Key)
    self.secret = secret
    self.publicKey = publicKey
    self.ed25519 = ed25519
    signatureChain = [signature, keys.k256Signature]
  }

  /// 64 bytes. For secp256k1 `message` is a digest of 32 bytes.
  borrowing func sign(_ message: [UInt8]) throws(AgentError) -> [UInt8] {
    switch ed25519 {
    case .some(let key): return key.sign(message)
    case .none: return try Secp256k1.sign(message, with: secret)
    }
  }
}
