import CMbedTLS
import CSodium

/// Opens what an app's owner has encrypted to it (docs/spec/sealed-env.md): X25519 (RFC 7748, by libsodium) and AES-256-GCM (NIST SP
/// 800-38D, by Mbed TLS).
enum Sealing {
  private static let publicKeySize = 32
  private static let nonceSize = 12
  private static let tagSize = 16

  /// Opens an ephemeral X25519 public key ‖ nonce ‖ ciphertext ‖ tag. Throws `.invalid`, without a reason, for what was not sealed to this
  /// 32-byte secret.
  @inline(never)
  static func open(_ sealed: [UInt8], with secret: borrowing Secret) throws(AgentError) -> Secret {
    guard sealed.count >= publicKeySize + nonceSize + tagSize else { throw .invalid("sealed data is too short") }
    let shared = try x25519(secret, Array(sealed[..<publicKeySize]))
    let nonce = Array(sealed[publicKeySize..<publicKeySize + nonceSize])
    return try openAESGCM(Array(sealed[(publicKeySize + nonceSize)...]), key: shared, nonce: nonce)
  }

  /// The secret shared with the owner of a public key, 32 bytes each. Throws `.invalid` for a public key of small order, with which
  /// everyone would know the shared secret.
  static func x25519(_ secret: borrowing Secret, _ publicKey: [UInt8]) throws(AgentError) -> Secret {
    guard secret.count == 32, publicKey.count == publicKeySize else { throw .invalid("malformed X25519 key") }
    var shared = try Secret(count: 32)
    let rc = secret.withUnsafeBytes { secret in
      shared.withUnsafeMutableBytes { crypto_scalarmult_curve25519($0, secret, publicKey) }
    }
    guard rc == 0 else { throw .invalid("malformed X25519 key") }
    return shared
  }

  /// Opens ciphertext ‖ tag of 16 bytes, without additional data. `key` is 32 bytes. Throws `.invalid` if the tag does not match.
  static func openAESGCM(_ sealed: [UInt8], key: borrowing Secret, nonce: [UInt8]) throws(AgentError) -> Secret {
    guard key.count == 32, sealed.count >= tagSize else { throw .invalid("sealed data is too short") }
    let count = sealed.count - tagSize
    let gcm = UnsafeMutablePointer<mbedtls_gcm_context>.allocate(capacity: 1)
    mbedtls_gcm_init(gcm)
    defer {
      mbedtls_gcm_free(gcm)
      gcm.deallocate()
    }
    var rc = key.withUnsafeBytes { mbedtls_gcm_setkey(gcm, MBEDTLS_CIPHER_ID_AES, $0, 256) }
    guard rc == 0 else { throw .failed("cannot set up AES-256-GCM", code: rc) }
    var out = try Secret(count: count)
    rc = out.withUnsafeMutableBytes {
      mbedtls_gcm_auth_decrypt(gcm, count, nonce, nonce.count, nil, 0, Array(sealed[count...]), tagSize, sealed, $0)
    }
    guard rc == 0 else { throw .invalid("sealed data cannot be opened") }
    return out
  }
}
