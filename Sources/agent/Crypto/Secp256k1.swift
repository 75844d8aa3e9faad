import CSecp256k1
import CSystem

/// ECDSA over secp256k1 (SEC 2), by libsecp256k1: nonces of RFC 6979 with HMAC-SHA-256 and no extra data, low s.
enum Secp256k1 {
  /// The compressed public key, 33 bytes. Throws unless the secret is 32 bytes, not zero, and below the group order.
  static func publicKey(of secret: borrowing Secret) throws(AgentError) -> [UInt8] {
    let context = try context()
    guard secret.count == 32 else { throw invalidSecret }
    var key = secp256k1_pubkey()
    guard secret.withUnsafeBytes({ secp256k1_ec_pubkey_create(context, &key, $0) }) == 1 else { throw invalidSecret }
    var out = [UInt8](repeating: 0, count: 33)
    var count = out.count
    _ = secp256k1_ec_pubkey_serialize(context, &out, &count, &key, UInt32(SECP256K1_EC_COMPRESSED))
    return out
  }

  /// Whether a secret is valid. Cheaper than `publicKey(of:)`, which checks it too but needs a blinded context.
  @inline(never)
  static func isValid(_ secret: borrowing Secret) -> Bool {
    secret.count == 32 && secret.withUnsafeBytes { secp256k1_is_secret($0) } == 1
  }

  /// 65 bytes: r ‖ s ‖ recovery id (0…3). `digest` is 32 bytes. Throws for a secret out of range.
  static func signRecoverable(_ digest: [UInt8], with secret: borrowing Secret) throws(AgentError) -> [UInt8] {
    let context = try context()
    guard digest.count == 32 else { throw .failed("a digest to sign is 32 bytes") }
    guard secret.count == 32 else { throw invalidSecret }
    var signature = secp256k1_ecdsa_recoverable_signature()
    let rc = secret.withUnsafeBytes { secp256k1_ecdsa_sign_recoverable(context, &signature, digest, $0, nil, nil) }
    guard rc == 1 else { throw invalidSecret }
    var out = [UInt8](repeating: 0, count: 65)
    var recovery: Int32 = 0
    _ = secp256k1_ecdsa_recoverable_signature_serialize_compact(context, &out, &recovery, &signature)
    out[64] = UInt8(truncatingIfNeeded: recovery)
    return out
  }

  /// 64 bytes: r ‖ s.
  static func sign(_ digest: [UInt8], with secret: borrowing Secret) throws(AgentError) -> [UInt8] {
    [UInt8](try signRecoverable(digest, with: secret)[..<64])
  }

  /// Whether a 64-byte signature, r ‖ s, over a 32-byte digest is by the key, given in 33 or 65 bytes (SEC 1 §2.3.3). High s is not valid.
  /// Throws `.invalid` for a malformed key or signature: a wrong length, the hybrid form, a point off the curve, r or s that is zero or not
  /// below the group order.
  static func verify(_ signature: [UInt8], _ digest: [UInt8], by publicKey: [UInt8]) throws(AgentError) -> Bool {
    let context = try context()
    guard digest.count == 32 else { throw .invalid("a secp256k1 digest is 32 bytes") }
    // libsecp256k1 would accept the hybrid form too
    guard publicKey.count == 33 || publicKey.count == 65 && publicKey[0] == 4 else { throw invalidPublicKey }
    var key = secp256k1_pubkey()
    guard secp256k1_ec_pubkey_parse(context, &key, publicKey, publicKey.count) == 1 else { throw invalidPublicKey }
    var parsed = secp256k1_ecdsa_signature()
    guard signature.count == 64, !isZero(signature[..<32]), !isZero(signature[32...]),
      secp256k1_ecdsa_signature_parse_compact(context, &parsed, signature) == 1
    else { throw .invalid("malformed secp256k1 signature") }
    return secp256k1_ecdsa_verify(context, &parsed, digest, &key) == 1
  }

  private static func isZero(_ number: ArraySlice<UInt8>) -> Bool { number.allSatisfy { $0 == 0 } }

  private static var invalidSecret: AgentError { .failed("the secp256k1 secret is out of range") }
  private static var invalidPublicKey: AgentError { .invalid("malformed secp256k1 public key") }

  @inline(never)
  private static func context() throws(AgentError) -> OpaquePointer {
    guard let shared else { throw .failed("cannot create a secp256k1 context") }
    return shared
  }

  /// Made once, blinded with random bytes against side channels, then only read, so forked children may use it too. The blinding is secret,
  /// but reveals nothing about the keys used with it.
  nonisolated(unsafe) private static let shared: OpaquePointer? = {
    var seed = [UInt8](repeating: 0, count: 32)
    defer { wipe(&seed) }
    guard sys_random(nil, &seed, seed.count) == 0, let context = secp256k1_context_create(UInt32(SECP256K1_CONTEXT_NONE)),
      secp256k1_context_randomize(context, seed) == 1
    else { return nil }
    return context
  }()
}
