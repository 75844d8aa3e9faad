import CMbedTLS
import CSystem

/// The client's end of a TLS 1.2 connection (RFC 5246) over a socket, by Mbed TLS: ECDHE and certificates on P-256, AES-GCM, no
/// renegotiation, no resumption. It blocks, until the socket's deadline at most.
final class TLSClient {
  private let ssl = UnsafeMutablePointer<mbedtls_ssl_context>.allocate(capacity: 1)
  private let config = UnsafeMutablePointer<mbedtls_ssl_config>.allocate(capacity: 1)
  private let ownKey = UnsafeMutablePointer<mbedtls_pk_context>.allocate(capacity: 1)
  private var socket: DeadlineSocket
  /// Certificates that the library points to.
  private var own: X509Certificate?
  private var trusted: X509Certificate?
  /// The error below TLS, if there was one.
  private var failure: AgentError?

  /// Over a connected socket.
  init(_ socket: consuming DeadlineSocket) throws(AgentError) {
    self.socket = socket
    mbedtls_ssl_init(ssl)
    mbedtls_ssl_config_init(config)
    mbedtls_pk_init(ownKey)
    try check(
      mbedtls_ssl_config_defaults(
        config, MBEDTLS_SSL_IS_CLIENT, MBEDTLS_SSL_TRANSPORT_STREAM, MBEDTLS_SSL_PRESET_DEFAULT))
  }

  deinit {
    mbedtls_ssl_free(ssl)
    mbedtls_ssl_config_free(config)
    mbedtls_pk_free(ownKey)
    ssl.deallocate()
    config.deallocate()
    ownKey.deallocate()
  }

  /// Sets the deadline of everything that follows, a time of `Clock.monotonic`.
  func extend(to deadline: Int64) { socket.deadline = deadline }

  /// Presents a certificate (DER) to the server and proves possession of its key. Call this before the handshake.
  func present(_ certificate: [UInt8], _ key: P256) throws(AgentError) {
    let own = try X509Certificate(der: certificate)
    self.own = own
    try check(mbedtls_pk_setup(ownKey, mbedtls_pk_info_from_type(MBEDTLS_PK_ECKEY)))
    let pair = mbedtls_pk_ec(ownKey.pointee)
    try check(key.scalar.withUnsafeBytes { mbedtls_ecp_read_key(MBEDTLS_ECP_DP_SECP256R1, pair, $0, 32) })
    try check(mbedtls_ssl_conf_own_cert(config, own.parsed, ownKey))
  }

  /// Establishes the connection. The server must present a certificate that `ca` itself has issued; without `ca` it is not verified at all.
  /// With `serverName` the certificate must be for that DNS name. Throws `.failed` for a certificate that does not verify.
  func handshake(serverName: [UInt8]?, ca: X509Certificate?) throws(AgentError) {
    mx_ssl_tls12(config)
    mbedtls_ssl_conf_rng(config, sys_random, nil)
    mbedtls_ssl_conf_authmode(config, ca == nil ? MBEDTLS_SSL_VERIFY_NONE : MBEDTLS_SSL_VERIFY_REQUIRED)
    if let ca {
      trusted = ca
      mbedtls_ssl_conf_ca_chain(config, ca.parsed, nil)
      mbedtls_ssl_conf_verify(config, refuseIntermediate, nil)
    }
    try check(mbedtls_ssl_setup(ssl, config))
    // Mbed TLS 3.6 must be told even that there is no name
    let named = serverName.map { withPath($0) { mbedtls_ssl_set_hostname(ssl, $0) } }
    try check(named ?? mbedtls_ssl_set_hostname(ssl, nil))
    mbedtls_ssl_set_bio(ssl, Unmanaged.passUnretained(self).toOpaque(), sendRecord, receiveRecord, nil)
    try check(mbedtls_ssl_handshake(ssl))
  }

  /// The server's certificate, the one that was verified; only after the handshake.
  var peerCertificate: X509Certificate? { mbedtls_ssl_get_peer_cert(ssl).map { X509Certificate($0, on: self) } }

  func send(_ data: [UInt8]) throws(AgentError) {
    var sent = 0
    while sent < data.count {
      let count = data.withUnsafeBufferPointer { mbedtls_ssl_write(ssl, $0.baseAddress.map { $0 + sent }, $0.count - sent) }
      try check(count)
      sent += Int(count)
    }
  }

  /// Reads into the start of `buffer` and returns how many bytes; 0 once the server has closed the connection (close_notify).
  func receive(_ buffer: inout Secret) throws(AgentError) -> Int {
    let limit = buffer.count
    let count = buffer.withUnsafeMutableBytes { mbedtls_ssl_read(ssl, $0, limit) }
    if count == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY { return 0 }
    try check(count)
    // the stream has ended without a close_notify: somebody may have cut it
    if count == 0 { throw .unavailable("the connection broke") }
    return Int(count)
  }

  /// Throws for a negative result.
  private func check(_ rc: Int32) throws(AgentError) {
    if rc >= 0 { return }
    if let failure { throw AgentError(.unavailable, failure.text) }
    guard rc == MBEDTLS_ERR_X509_CERT_VERIFY_FAILED else { throw .failed("TLS failed", code: rc) }
    let flags = Int32(truncatingIfNeeded: mbedtls_ssl_get_verify_result(ssl))
    if flags & MBEDTLS_X509_BADCERT_EXPIRED != 0 { throw .failed("the server's certificate has expired") }
    if flags & MBEDTLS_X509_BADCERT_CN_MISMATCH != 0 { throw .failed("the server's certificate is for another name") }
    if flags == MBEDTLS_X509_BADCERT_OTHER {
      throw .failed("the server's certificate was issued by an intermediate CA, not by the trusted one")
    }
    throw .failed("the server's certificate is not trusted", code: flags)
  }

  /// Runs a step below TLS and returns its count, or a negative number if it failed.
  fileprivate func step(_ body: (borrowing DeadlineSocket) throws(AgentError) -> Int) -> Int32 {
    do throws(AgentError) {
      return Int32(clamping: try body(socket))
    } catch {
      failure = error
      return MBEDTLS_ERR_SSL_INTERNAL_ERROR
    }
  }
}

/// Checks a certificate of a verified chain: the server's own has depth 0; its issuer has depth 1 and must be the trusted CA itself, the
/// end of the chain. A CA below that one counts as another authority.
private func refuseIntermediate(
  _ context: UnsafeMutableRawPointer?, _ certificate: UnsafeMutablePointer<mbedtls_x509_crt>?, _ depth: Int32,
  _ flags: UnsafeMutablePointer<UInt32>?
) -> Int32 {
  if depth > 1 { flags?.pointee |= UInt32(MBEDTLS_X509_BADCERT_OTHER) }
  return 0
}

private func sendRecord(_ client: UnsafeMutableRawPointer?, _ data: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
  guard let client else { return MBEDTLS_ERR_SSL_INTERNAL_ERROR }
  return Unmanaged<TLSClient>.fromOpaque(client).takeUnretainedValue().step { (socket) throws(AgentError) in
    try socket.send(Array(UnsafeBufferPointer(start: data, count: count)))
    return count
  }
}

private func receiveRecord(_ client: UnsafeMutableRawPointer?, _ data: UnsafeMutablePointer<UInt8>?, _ count: Int) -> Int32 {
  guard let client, let data else { return MBEDTLS_ERR_SSL_INTERNAL_ERROR }
  return Unmanaged<TLSClient>.fromOpaque(client).takeUnretainedValue().step { (socket) throws(AgentError) in
    let part = try socket.receive(upTo: count)
    data.update(from: part, count: part.count)
    return part.count
  }
}
