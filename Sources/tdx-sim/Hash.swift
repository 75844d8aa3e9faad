import CMbedTLS

/// SHA-2 (FIPS 180-4), by Mbed TLS, whose software implementation cannot fail.
enum Hash {
  static func sha256(_ bytes: [UInt8]) -> [UInt8] {
    var digest = [UInt8](zeros: 32)
    precondition(mx_sha256(bytes, bytes.count, &digest) == 0)
    return digest
  }

  static func sha384(_ bytes: [UInt8]) -> [UInt8] {
    var digest = [UInt8](zeros: 64)
    precondition(mx_sha512(bytes, bytes.count, &digest, 1) == 0)
    return Array(digest[..<48])
  }
}
