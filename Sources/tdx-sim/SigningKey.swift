import CFuse3
import CMbedTLS

/// An ECDSA P-256 key, derived from the state folder's seed and a label. Signatures are deterministic (RFC 6979), so a seed
/// always gives the same certificates.
final class SigningKey {
  private let group: UnsafeMutablePointer<mbedtls_ecp_group>
  private let scalar: UnsafeMutablePointer<mbedtls_mpi>
  /// x ‖ y, 64 bytes
  let publicKey: [UInt8]

  init(seed: [UInt8], label: String) throws {
    group = .allocate(capacity: 1)
    scalar = .allocate(capacity: 1)
    mbedtls_ecp_group_init(group)
    mbedtls_mpi_init(scalar)
    var point = mbedtls_ecp_point()
    mbedtls_ecp_point_init(&point)
    defer { mbedtls_ecp_point_free(&point) }
    var encoded = [UInt8](zeros: 65)
    var length = 0
    // A hash outside the group order has a chance of 2^-32, and is an error.
    let secret = Hash.sha256(seed + Array("tdx-sim key \(label)".utf8))
    guard mbedtls_ecp_group_load(group, MBEDTLS_ECP_DP_SECP256R1) == 0,
      mbedtls_mpi_read_binary(scalar, secret, secret.count) == 0,
      mbedtls_ecp_check_privkey(group, scalar) == 0,
      mbedtls_ecp_mul(group, &point, scalar, &group.pointee.G, sim_random, nil) == 0,
      mbedtls_ecp_point_write_binary(group, &point, MBEDTLS_ECP_PF_UNCOMPRESSED, &length, &encoded, 65) == 0
    else { throw Failure("cannot derive the key \(label)") }
    publicKey = Array(encoded[1...])
  }

  deinit {
    mbedtls_ecp_group_free(group)
    mbedtls_mpi_free(scalar)
    group.deallocate()
    scalar.deallocate()
  }

  /// ECDSA with SHA-256 of the message: r ‖ s, 64 bytes.
  func sign(_ message: [UInt8]) throws -> [UInt8] {
    let digest = Hash.sha256(message)
    var r = mbedtls_mpi()
    var s = mbedtls_mpi()
    mbedtls_mpi_init(&r)
    mbedtls_mpi_init(&s)
    defer {
      mbedtls_mpi_free(&r)
      mbedtls_mpi_free(&s)
    }
    var first = [UInt8](zeros: 32)
    var second = [UInt8](zeros: 32)
    guard
      mbedtls_ecdsa_sign_det_ext(group, &r, &s, scalar, digest, digest.count, MBEDTLS_MD_SHA256, sim_random, nil) == 0,
      mbedtls_mpi_write_binary(&r, &first, 32) == 0, mbedtls_mpi_write_binary(&s, &second, 32) == 0
    else { throw Failure("cannot sign") }
    return first + second
  }
}
