extension AppKeys {
  /// Reads the file's text. Unknown members are ignored; a known one that comes twice is refused.
  static func parse(_ text: borrowing Secret) throws(AgentError) -> AppKeys {
    var disk: Secret?
    var env: Secret?
    var k256: Secret?
    var signature: [UInt8]?
    var gateway: [UInt8]?
    var ca: [UInt8]?
    var provider: KeyProvider?
    var reader = JSONReader(text.source)
    var members = try reader.enterObject()
    while let name = try reader.nextMember(&members) {
      if name.matches("disk_crypt_key") {
        try reader.key("disk_crypt_key", &disk)
      } else if name.matches("env_crypt_key") {
        try reader.key("env_crypt_key", &env)
      } else if name.matches("k256_key") {
        try reader.key("k256_key", &k256)
      } else if name.matches("k256_signature") {
        try reader.hex("k256_signature", &signature)
      } else if name.matches("gateway_app_id") {
        try reader.text("gateway_app_id", &gateway)
      } else if name.matches("ca_cert") {
        try reader.text("ca_cert", &ca)
      } else if name.matches("key_provider") {
        if provider != nil { throw twice("key_provider") }
        provider = try reader.provider()
      } else {
        try reader.skip()
      }
    }
    try reader.end()

    guard let disk = disk.take() else { throw missing("disk_crypt_key") }
    guard let k256 = k256.take() else { throw missing("k256_key") }
    guard let signature else { throw missing("k256_signature") }
    guard let gateway else { throw missing("gateway_app_id") }
    guard let ca else { throw missing("ca_cert") }
    guard let provider = provider.take() else { throw missing("key_provider") }
    guard disk.count == 32 else { throw wrongLength("disk_crypt_key") }
    guard try Secp256k1.isValid(k256) else { throw AgentError.failed("is not a secp256k1 secret").during("k256_key") }
    guard signature.isEmpty || signature.count == 65 else { throw wrongLength("k256_signature") }

    let envKey = try optional(env.take(), "env_crypt_key")
    return AppKeys(
      diskCryptKey: disk, envCryptKey: envKey, k256Key: k256, k256Signature: signature, gatewayAppId: gateway, caCert: ca,
      provider: provider)
  }
}

/// An empty value stands for a key that there is not.
private func optional(_ key: consuming Secret?, _ name: StaticString) throws(AgentError) -> Secret? {
  guard let key else { return nil }
  if key.count == 0 { return nil }
  guard key.count == 32 else { throw wrongLength(name) }
  return key
}

private func missing(_ name: StaticString) -> AgentError { AgentError.failed("is missing").during(name) }
private func twice(_ name: StaticString) -> AgentError { AgentError.failed("is given twice").during(name) }
private func wrongLength(_ name: StaticString) -> AgentError { AgentError.failed("has a wrong length").during(name) }

extension JSONReader {
  /// The object with one member, that names the kind.
  fileprivate mutating func provider() throws(AgentError) -> KeyProvider {
    var provider: KeyProvider?
    do throws(AgentError) {
      var members = try enterObject()
      while let kind = try nextMember(&members) {
        if provider != nil { throw .failed("has more than one member") }
        provider = try self.provider(kind)
      }
    } catch {
      throw error.during("key_provider")
    }
    guard let provider = provider.take() else { throw AgentError.failed("names no provider").during("key_provider") }
    return provider
  }

  private mutating func provider(_ kind: [UInt8]) throws(AgentError) -> KeyProvider {
    let isKMS = kind.matches("Kms")
    guard isKMS || kind.matches("None") || kind.matches("Local") || kind.matches("Tpm") else {
      throw .failed("is none of None, Local, Tpm and Kms")
    }
    var key: Secret?
    var url: [UInt8]?
    var mr: [UInt8]?
    var publicKey: [UInt8]?
    var certificate: [UInt8]?
    var members = try enterObject()
    while let name = try nextMember(&members) {
      if name.matches("key"), !isKMS {
        try pem("key", &key)
      } else if name.matches("tmp_ca_key"), isKMS {
        try pem("tmp_ca_key", &key)
      } else if name.matches("tmp_ca_cert"), isKMS {
        try text("tmp_ca_cert", &certificate)
      } else if name.matches("url"), isKMS {
        try text("url", &url)
      } else if name.matches("mr") {
        try hex("mr", &mr)
      } else if name.matches("pubkey") {
        try hex("pubkey", &publicKey)
      } else {
        try skip()
      }
    }
    guard let key = key.take() else { throw missing(isKMS ? "tmp_ca_key" : "key") }
    if kind.matches("None") { return KeyProvider(kind: .none, key: key) }
    if kind.matches("Local") {
      guard let mr else { throw missing("mr") }
      return KeyProvider(kind: .local(mr: mr), key: key)
    }
    guard let publicKey else { throw missing("pubkey") }
    if kind.matches("Tpm") { return KeyProvider(kind: .tpm(publicKey: publicKey), key: key) }
    guard let url else { throw missing("url") }
    guard let certificate else { throw missing("tmp_ca_cert") }
    return KeyProvider(kind: .kms(url: url, publicKey: publicKey, temporaryCert: certificate), key: key)
  }

  // MARK: - Values

  /// Text.
  fileprivate mutating func text(_ name: StaticString, _ value: inout [UInt8]?) throws(AgentError) {
    if value != nil { throw twice(name) }
    do throws(AgentError) { value = try string() } catch { throw error.during(name) }
  }

  /// Bytes in hex that are not secret.
  fileprivate mutating func hex(_ name: StaticString, _ value: inout [UInt8]?) throws(AgentError) {
    var digits: [UInt8]?
    try text(name, &digits)
    if value != nil { throw twice(name) }
    value = digits.flatMap { Hex.decode($0) }
    if value == nil { throw notHex(name) }
  }

  /// A key in hex, at most 64 bytes: one digit after the other goes into locked memory.
  fileprivate mutating func key(_ name: StaticString, _ value: inout Secret?) throws(AgentError) {
    if value != nil { throw twice(name) }
    var key = try Secret(capacity: 64)
    var high: UInt8?
    var isHex = true
    var fits = true
    do throws(AgentError) {
      try string { digit in
        guard let nibble = Hex.value(digit) else {
          isHex = false
          return
        }
        if let first = high {
          fits = key.append(first << 4 | nibble) && fits
          high = nil
        } else {
          high = nibble
        }
      }
    } catch {
      throw error.during(name)
    }
    guard isHex, high == nil else { throw notHex(name) }
    guard fits else { throw wrongLength(name) }
    value = consume key
  }

  /// A key in PEM, at most `Limits.keyPEM` bytes.
  fileprivate mutating func pem(_ name: StaticString, _ value: inout Secret?) throws(AgentError) {
    if value != nil { throw twice(name) }
    var key = try Secret(capacity: Limits.keyPEM)
    var fits = true
    do throws(AgentError) { try string { fits = key.append($0) && fits } } catch { throw error.during(name) }
    guard fits else { throw AgentError.failed("is too long").during(name) }
    value = consume key
  }

  private func notHex(_ name: StaticString) -> AgentError { AgentError.failed("is not hex").during(name) }
}
