import CMbedTLS

/// SHA-2 (FIPS 180-4) and the key derivation of the dstack protocol, by Mbed TLS.
enum Hash {
  /// 32 bytes.
  static func sha256(_ data: [UInt8]) -> [UInt8] { digest(MBEDTLS_MD_SHA256, 32, data) }
  /// 48 bytes.
  static func sha384(_ data: [UInt8]) -> [UInt8] { digest(MBEDTLS_MD_SHA384, 48, data) }
  /// 64 bytes.
  static func sha512(_ data: [UInt8]) -> [UInt8] { digest(MBEDTLS_MD_SHA512, 64, data) }

  /// SHA-256 of everything that a reader has left; reads it to its end.
  @inline(never)
  static func sha256(_ body: BodyReader) -> [UInt8] {
    var context = mbedtls_md_context_t()
    mbedtls_md_init(&context)
    defer { mbedtls_md_free(&context) }
    var rc = mbedtls_md_setup(&context, mbedtls_md_info_from_type(MBEDTLS_MD_SHA256), 0)
    if rc == 0 { rc = mbedtls_md_starts(&context) }
    while rc == 0, body.remaining > 0 {
      let part = ByteBuffer(capacity: Limits.bodyPart)
      body.read(into: part)
      rc = mbedtls_md_update(&context, part.storage, part.count)
    }
    var out = [UInt8](repeating: 0, count: 32)
    if rc == 0 { rc = mbedtls_md_finish(&context, &out) }
    precondition(rc == 0)
    return out
  }

  /// SHA-256 of secret bytes, which is secret too. Throws if memory is short.
  static func sha256(_ data: borrowing Secret) throws(AgentError) -> Secret {
    var out = try Secret(count: 32)
    let count = data.count
    let rc = data.withUnsafeBytes { from in
      out.withUnsafeMutableBytes { mbedtls_md(mbedtls_md_info_from_type(MBEDTLS_MD_SHA256), from, count, $0) }
    }
    precondition(rc == 0)
    return out
  }

  /// HKDF-SHA-256 (RFC 5869) of `count` bytes, at most 8160, with the protocol's fixed salt. Throws if memory is short.
  static func derive(_ ikm: borrowing Secret, _ context: [UInt8], count: Int = 32) throws(AgentError) -> Secret {
    try hkdf(ikm, salt: bytes("RATLS"), info: context, count: count)
  }

  @inline(never)
  static func hkdf(_ ikm: borrowing Secret, salt: [UInt8], info: [UInt8], count: Int) throws(AgentError) -> Secret {
    var out = try Secret(count: count)
    let length = ikm.count
    let rc = ikm.withUnsafeBytes { key in
      out.withUnsafeMutableBytes {
        mbedtls_hkdf(mbedtls_md_info_from_type(MBEDTLS_MD_SHA256), salt, salt.count, key, length, info, info.count, $0, count)
      }
    }
    guard rc == 0 else { throw .failed("key derivation failed", code: rc) }
    return out
  }

  /// HMAC-SHA-256 (RFC 2104): 32 bytes. Throws if memory is short.
  static func hmac(_ key: borrowing Secret, _ data: [UInt8]) throws(AgentError) -> Secret {
    var out = try Secret(count: 32)
    let length = key.count
    let rc = key.withUnsafeBytes { key in
      out.withUnsafeMutableBytes {
        mbedtls_md_hmac(mbedtls_md_info_from_type(MBEDTLS_MD_SHA256), key, length, data, data.count, $0)
      }
    }
    precondition(rc == 0)
    return out
  }

  @inline(never)
  private static func digest(_ kind: mbedtls_md_type_t, _ size: Int, _ data: [UInt8]) -> [UInt8] {
    var out = [UInt8](repeating: 0, count: size)
    let rc = mbedtls_md(mbedtls_md_info_from_type(kind), data, data.count, &out)
    // fails only for an algorithm that the library was built without: better no answer than a digest of zeros
    precondition(rc == 0)
    return out
  }
}
