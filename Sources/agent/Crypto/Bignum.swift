import CMbedTLS

/// A number of Mbed TLS; its memory is wiped when it is freed.
final class Number {
  var mpi = mbedtls_mpi()

  init() { mbedtls_mpi_init(&mpi) }

  deinit { mbedtls_mpi_free(&mpi) }
}

/// A curve point of Mbed TLS; its memory is wiped when it is freed.
final class Point {
  var ecp = mbedtls_ecp_point()

  init() { mbedtls_ecp_point_init(&ecp) }

  deinit { mbedtls_ecp_point_free(&ecp) }
}

/// The curve P-256. Each calculation loads its own, so none shares state with another; with Mbed TLS 3.6 that costs nothing, because the
/// multiples of the base point are constants.
final class Curve {
  let group: UnsafeMutablePointer<mbedtls_ecp_group>

  init() throws(AgentError) {
    group = .allocate(capacity: 1)
    mbedtls_ecp_group_init(group)
    let rc = mbedtls_ecp_group_load(group, MBEDTLS_ECP_DP_SECP256R1)
    guard rc == 0 else { throw .failed("no P-256", code: rc) }
  }

  deinit {
    mbedtls_ecp_group_free(group)
    group.deallocate()
  }
}
