/// A key of the app and the proof that it is one, as v0 or v1 derives it (docs/spec/keys.md). A claim of one version cannot pass for one
/// of the other: v0's ends in hex digits where v1's has zeros.
final class DerivedKey {
  /// 32 bytes: a secp256k1 secret or an Ed25519 seed.
  let secret: Secret
  /// 33 bytes (secp256k1, compressed) or 32 (Ed25519).
  let publicKey: [UInt8]
  /// The app key's signature over the public key and what it is for, 65 bytes; and the KMS root's over the app key
  /// (`AppKeys.k256Signature`).
  let signatureChain: [[UInt8]]
  /// Set for Ed25519, where signing needs the public key too.
  private let ed25519: Ed25519?

  /// v0's key. Path and purpose are any bytes; only the path determines the key. Throws in the one case in 2^128 in which the derived bytes
  /// are not a secp256k1 secret.
  convenience init(_ keys: AppKeys, path: [UInt8], purpose: [UInt8], _ curve: KeyCurve) throws(AgentError) {
    try self.init(keys, try Hash.derive(keys.k256Key, path), curve) { purpose + ":" + Hex.encode($0) }
  }

  /// v1's key. The domain is any bytes; it and the curve determine the key. Throws `.invalid` in the same case.
  convenience init(_ keys: AppKeys, domain: [UInt8], _ curve: KeyCurve) throws(AgentError) {
    let info = Self.prefixed(bytes("dstack-guest-v1-key"), bytes(curve.name), domain)
    let secret = try Hash.hkdf(keys.k256Key, salt: bytes("dstack-guest-v1"), info: info, count: 32)
    if curve == .secp256k1, !Secp256k1.isValid(secret) {
      throw .invalid("derived secp256k1 key is not a valid scalar: use another domain")
    }
    try self.init(keys, secret, curve) {
      Self.prefixed(bytes("dstack-guest-v1-key-claim"), bytes(curve.name), domain, $0)
    }
  }

  /// `claim` returns what the app key signs for a public key.
  @inline(never)
  private init(
    _ keys: AppKeys, _ secret: consuming Secret, _ curve: KeyCurve, claim: ([UInt8]) -> [UInt8]
  ) throws(AgentError) {
    let publicKey: [UInt8]
    var ed25519: Ed25519?
    switch curve {
    case .secp256k1:
      publicKey = try Secp256k1.publicKey(of: secret)
    case .ed25519:
      let key = try Ed25519(seed: secret)
      publicKey = key.publicKey
      ed25519 = key
    }
    let signature = try Secp256k1.signRecoverable(Keccak.keccak(claim(publicKey), .bits256), with: keys.k256Key)
    self.secret = secret
    self.publicKey = publicKey
    self.ed25519 = ed25519
    signatureChain = [signature, keys.k256Signature]
  }

  /// The parts, each after its length in four bytes, big-endian.
  private static func prefixed(_ parts: [UInt8]...) -> [UInt8] {
    var out: [UInt8] = []
    for part in parts {
      for shift in [24, 16, 8, 0] { out.append(UInt8(truncatingIfNeeded: part.count >> shift)) }
      out += part
    }
    return out
  }

  /// 64 bytes. For secp256k1, `message` is a 32-byte digest.
  func sign(_ message: [UInt8]) throws(AgentError) -> [UInt8] {
    if let ed25519 { return ed25519.sign(message) }
    return try Secp256k1.sign(message, with: secret)
  }
}
