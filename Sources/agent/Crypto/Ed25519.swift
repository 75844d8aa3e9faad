import CSodium

/// Ed25519 (RFC 8032), by libsodium.
final class Ed25519 {
  /// 32 bytes.
  let publicKey: [UInt8]
  /// The seed and then the public key, the form that libsodium takes: 64 bytes.
  private let key: Secret

  /// Any 32 bytes are a seed. Throws for another length and if memory is short.
  init(seed: borrowing Secret) throws(AgentError) {
    guard seed.count == 32 else { throw .failed("an Ed25519 seed is 32 bytes") }
    var key = try Secret(count: 64)
    var publicKey = [UInt8](repeating: 0, count: 32)
    _ = seed.withUnsafeBytes { from in
      key.withUnsafeMutableBytes { crypto_sign_ed25519_seed_keypair(&publicKey, $0, from) }
    }
    self.publicKey = publicKey
    self.key = key
  }

  /// 64 bytes.
  func sign(_ message: [UInt8]) -> [UInt8] {
    var out = [UInt8](repeating: 0, count: 64)
    _ = key.withUnsafeBytes { crypto_sign_ed25519_detached(&out, nil, message, UInt64(message.count), $0) }
    return out
  }

  /// Whether a 64-byte signature over the message is by the 32-byte key. libsodium refuses an S that is not below the group order,
  /// a key or an R of small order, and a key whose y coordinate is not below the field's prime. Throws `.invalid` for a wrong length,
  /// and for a key that is not a point of the curve.
  static func verify(_ signature: [UInt8], _ message: [UInt8], by publicKey: [UInt8]) throws(AgentError) -> Bool {
    guard publicKey.count == 32 else { throw .invalid("malformed Ed25519 public key") }
    guard signature.count == 64 else { throw .invalid("malformed Ed25519 signature") }
    if crypto_sign_ed25519_verify_detached(signature, message, UInt64(message.count), publicKey) == 0 { return true }
    // libsodium reports all refusals alike; its addition fails only for points that are not on the curve
    var sum = [UInt8](repeating: 0, count: 32)
    guard crypto_core_ed25519_add(&sum, publicKey, publicKey) == 0 else { throw .invalid("malformed Ed25519 public key") }
    return false
  }
}
