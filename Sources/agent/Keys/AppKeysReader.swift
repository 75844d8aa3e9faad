extension AppKeys {
  /// Reads the file's text. Unknown members are ignored; a known one that comes twice is refused.
  static func parse(_ text: borrowing Secret) throws(AgentError) -> AppKeys {
    let members = known()
    members.know("ca_cert", .text)
    var provider: KeyProvider?
    var reader = JSONReader(text.source)
    var items = try reader.enterObject()
    while let name = try reader.nextMember(&items) {
      if name.matches("key_provider") {
        do throws(AgentError) {
          if provider != nil { throw .failed("is given twice") }
          provider = try KeyProvider(&reader)
        } catch {
          throw error.during("key_provider")
        }
      } else if try !members.read(name, &reader) {
        try reader.skip()
      }
    }
    try reader.end()
    guard let provider = provider.take() else { throw AgentError.failed("is missing").during("key_provider") }
    return try AppKeys(members, caCert: members.data("ca_cert"), provider)
  }

  /// The members that the app keys file and the answer of a KMS have in common.
  static func known() -> KeyMembers {
    let members = KeyMembers()
    members.know("disk_crypt_key", .key)
    members.know("env_crypt_key", .key)
    members.know("k256_key", .key)
    members.know("k256_signature", .hex)
    members.know("gateway_app_id", .text)
    return members
  }

  /// The keys that were read as such members. Throws `.failed` if one is missing or is none.
  init(_ members: KeyMembers, caCert: [UInt8], _ provider: consuming KeyProvider) throws(AgentError) {
    let disk = try members.take("disk_crypt_key")
    let k256 = try members.take("k256_key")
    let signature = try members.data("k256_signature")
    let gateway = try members.data("gateway_app_id")
    guard disk.count == 32 else { throw AgentError.wrongLength.during("disk_crypt_key") }
    guard try Secp256k1.isValid(k256) else { throw AgentError.failed("is not a secp256k1 secret").during("k256_key") }
    guard signature.isEmpty || signature.count == 65 else { throw AgentError.wrongLength.during("k256_signature") }
    var env: Secret?
    if members.has("env_crypt_key") {
      let key = try members.take("env_crypt_key")
      // an empty value stands for a key that there is not
      guard key.count == 0 || key.count == 32 else { throw AgentError.wrongLength.during("env_crypt_key") }
      if key.count == 32 { env = consume key }
    }
    self.init(
      diskCryptKey: disk, envCryptKey: env, k256Key: k256, k256Signature: signature, gatewayAppId: gateway, caCert: caCert,
      provider: provider)
  }
}

extension KeyProvider {
  /// Reads the object with one member, that names the kind.
  fileprivate init(_ reader: inout JSONReader) throws(AgentError) {
    var kind: [UInt8]?
    let members = KeyMembers()
    members.know("mr", .hex)
    members.know("pubkey", .hex)
    var items = try reader.enterObject()
    while let name = try reader.nextMember(&items) {
      if kind != nil { throw .failed("has more than one member") }
      kind = name
      if name.matches("Kms") {
        members.know("tmp_ca_key", .pem)
        members.know("tmp_ca_cert", .text)
        members.know("url", .text)
      } else if name.matches("None") || name.matches("Local") || name.matches("Tpm") {
        members.know("key", .pem)
      } else {
        throw .failed("is none of None, Local, Tpm and Kms")
      }
      try members.read(&reader)
    }
    guard let kind else { throw .failed("names no provider") }
    if kind.matches("Kms") {
      let key = try members.take("tmp_ca_key")
      let publicKey = try members.data("pubkey")
      let url = try members.data("url")
      self.init(kind: .kms(url: url, publicKey: publicKey, temporaryCert: try members.data("tmp_ca_cert")), key: key)
      return
    }
    let key = try members.take("key")
    if kind.matches("Local") {
      self.init(kind: .local(mr: try members.data("mr")), key: key)
    } else if kind.matches("Tpm") {
      self.init(kind: .tpm(publicKey: try members.data("pubkey")), key: key)
    } else {
      self.init(kind: .none, key: key)
    }
  }
}

extension AgentError {
  static var wrongLength: AgentError { .failed("has a wrong length") }
}
