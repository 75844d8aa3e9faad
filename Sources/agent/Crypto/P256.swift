import CMbedTLS
import CSystem

/// A P-256 key pair (FIPS 186-5, secp256r1 of SEC 2), by Mbed TLS. The library holds the secret only while it works with it, in memory that
/// it wipes.
final class P256 {
  /// The uncompressed point: 04 ‖ x ‖ y, 65 bytes.
  let publicKey: [UInt8]
  /// 32 bytes, big-endian.
  let scalar: Secret

  /// The key pair of a secret. Throws unless that is 32 bytes, not zero, and below the group order.
  init(scalar: consuming Secret) throws(AgentError) {
    let (curve, number, point) = (try Curve(), Number(), Point())
    guard scalar.count == 32 else { throw .failed("a P-256 secret is 32 bytes") }
    var rc = scalar.withUnsafeBytes { mbedtls_mpi_read_binary(&number.mpi, $0, 32) }
    // refuses zero, and values not below the order
    if rc == 0 { rc = mbedtls_ecp_mul(curve.group, &point.ecp, &number.mpi, &curve.group.pointee.G, sys_random, nil) }
    guard rc != MBEDTLS_ERR_ECP_INVALID_KEY else { throw .failed("the P-256 secret is out of range") }
    try check(rc)
    publicKey = try Self.encoded(point, curve)
    self.scalar = scalar
  }

  private init(scalar: consuming Secret, publicKey: [UInt8]) {
    self.scalar = scalar
    self.publicKey = publicKey
  }

  /// A key pair from the kernel's random bytes.
  static func generate() throws(AgentError) -> P256 {
    let (curve, number, point) = (try Curve(), Number(), Point())
    try check(mbedtls_ecp_gen_keypair(curve.group, &number.mpi, &point.ecp, sys_random, nil))
    var scalar = try Secret(count: 32)
    try check(scalar.withUnsafeMutableBytes { mbedtls_mpi_write_binary(&number.mpi, $0, 32) })
    return P256(scalar: scalar, publicKey: try encoded(point, curve))
  }

  /// ECDSA over a SHA-256 digest, as the DER of RFC 3279 §2.2.3. The nonce is random: every key and serial number made here already depends
  /// on the kernel's generator, and the nonces of RFC 6979 would need another generator in the program and more hashing.
  func sign(_ digest: [UInt8]) throws(AgentError) -> [UInt8] {
    guard digest.count == 32 else { throw .failed("a digest to sign is 32 bytes") }
    let (curve, number, r, s) = (try Curve(), Number(), Number(), Number())
    try check(scalar.withUnsafeBytes { mbedtls_mpi_read_binary(&number.mpi, $0, 32) })
    try check(mbedtls_ecdsa_sign(curve.group, &r.mpi, &s.mpi, &number.mpi, digest, digest.count, sys_random, nil))
    return DER.sequence(try Self.integer(r) + Self.integer(s))
  }

  /// A copy that children can read if they are forked while it exists.
  func handedOver() throws(AgentError) -> P256 { P256(scalar: try scalar.handedOver(), publicKey: publicKey) }

  private static func integer(_ number: Number) throws(AgentError) -> [UInt8] {
    var digits = [UInt8](repeating: 0, count: 32)
    try check(mbedtls_mpi_write_binary(&number.mpi, &digits, digits.count))
    return DER.unsigned(digits)
  }

  private static func encoded(_ point: Point, _ curve: Curve) throws(AgentError) -> [UInt8] {
    var out = [UInt8](repeating: 0, count: 65)
    var count = 0
    try check(mbedtls_ecp_point_write_binary(curve.group, &point.ecp, MBEDTLS_ECP_PF_UNCOMPRESSED, &count, &out, out.count))
    return out
  }
}

private func check(_ rc: Int32) throws(AgentError) {
  guard rc == 0 else { throw .failed("the P-256 operation failed", code: rc) }
}
