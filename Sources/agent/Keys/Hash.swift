import CMbedTLS

/// SHA-2, FIPS 180-4.
enum Hash {
  /// 32 bytes.
  static func sha256(_ data: [UInt8]) throws(AgentError) -> [UInt8] {
    var out = [UInt8](repeating: 0, count: 32)
    guard mx_sha256(data, data.count, &out) == 0 else { throw .failed("SHA-256 failed") }
    return out
  }

  /// 48 bytes.
  static func sha384(_ data: [UInt8]) throws(AgentError) -> [UInt8] {
    var out = [UInt8](repeating: 0, count: 64)
    guard mx_sha512(data, data.count, &out, 1) == 0 else { throw .failed("SHA-384 failed") }
    return Array(out[..<48])
  }

  /// 64 bytes.
  static func sha512(_ data: [UInt8]) throws(AgentError) -> [UInt8] {
    var out = [UInt8](repeating: 0, count: 64)
    guard mx_sha512(data, data.count, &out, 0) == 0 else { throw .failed("SHA-512 failed") }
    return out
  }
}
