import CMbedTLS
import CSystem

extension P256 {
  /// A key in PEM: PKCS#8 of version 0 (RFC 5208), or the SEC 1 form that OpenSSL labels `EC PRIVATE KEY` (RFC 5915). Throws `.invalid` for
  /// another kind of key, an encrypted or malformed one, and if it contains another key's public key.
  convenience init(pem: borrowing Secret) throws(AgentError) {
    let der = try Self.der(pem)
    try self.init(scalar: try Self.scalar(der))
    guard isEncoded(as: der) else { throw .invalid("the key file holds a different public key, or extra data") }
  }

  /// Throws `.invalid` like the initialiser. Skips the check of the public key and extra data, which takes a hundred times as long.
  static func inspect(pem: borrowing Secret) throws(AgentError) { _ = try scalar(try der(pem)) }

  private static func der(_ pem: borrowing Secret) throws(AgentError) -> Secret {
    guard pem.count <= Limits.keyPEM else { throw .invalid("the key is longer than 4096 bytes") }
    let count = pem.count
    return try pem.withUnsafeBytes { (text) throws(AgentError) in
      try PEM.read("PRIVATE KEY", "EC PRIVATE KEY", in: text, count)
    }
  }

  private static func scalar(_ der: borrowing Secret) throws(AgentError) -> Secret {
    let count = der.count
    var parsed = mbedtls_pk_context()
    mbedtls_pk_init(&parsed)
    defer { mbedtls_pk_free(&parsed) }
    var scalar = try Secret(count: 32)
    var rc = der.withUnsafeBytes { mx_pk_parse_key(&parsed, $0, count, sys_random) }
    if rc == 0 { rc = scalar.withUnsafeMutableBytes { mx_pk_write_secret(&parsed, $0) } }
    guard rc == 0 else { throw .invalid("the key is malformed, or is not a P-256 key") }
    return scalar
  }

  /// Whether an encoding holds this key and nothing else, byte for byte: in PKCS#8 or bare, with or without the curve's name and the public
  /// key. Mbed TLS accepts more: trailing bytes, another public key, lengths not in their shortest form.
  private func isEncoded(as der: borrowing Secret) -> Bool {
    let curve = DER.element(DER.context(0, constructed: true), Self.curve)
    let point = DER.element(DER.context(1, constructed: true), DER.bits(publicKey))
    let zeros = [UInt8](repeating: 0, count: 32)
    for tail in [point, curve + point, curve, []] {
      let alone = DER.sequence(DER.unsigned([1]) + DER.element(DER.octetString, zeros) + tail)
      let pkcs8 = DER.sequence(DER.unsigned([0]) + Self.algorithm + DER.element(DER.octetString, alone))
      for form in [alone, pkcs8] where form.count == der.count {
        // everything but the secret
        let end = form.count - tail.count
        var isSame = true
        for place in form.indices where !(end - 32..<end ~= place) && form[place] != der[place] { isSame = false }
        if isSame { return true }
      }
    }
    return false
  }
}
