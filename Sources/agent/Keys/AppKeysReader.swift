extension AppKeys {
  /// Parses the file's text. Members not named here are ignored.
  static func parse(_ text: borrowing Secret) throws(AgentError) -> AppKeys {
    let file = JSONObject(text.source)
    let caCert = file.text("ca_cert") ?? file.missing("ca_cert")
    return try AppKeys(in: file, caCert: caCert, KeyProvider(in: file))
  }

  /// Reads what the app keys file and the answer of a KMS have in common. Must come last: it throws the object's first error.
  convenience init(in object: JSONObject, caCert: [UInt8], _ provider: KeyProvider) throws(AgentError) {
    guard let disk = object.key("disk_crypt_key") else { throw object.firstError("disk_crypt_key", "is missing") }
    guard let k256 = object.key("k256_key") else { throw object.firstError("k256_key", "is missing") }
    let signature = object.hex("k256_signature") ?? object.missing("k256_signature")
    let gateway = object.text("gateway_app_id") ?? object.missing("gateway_app_id")
    if disk.count != 32 { object.fail("disk_crypt_key", "has a wrong length") }
    if !Secp256k1.isValid(k256) { object.fail("k256_key", "is not a secp256k1 secret") }
    if !signature.isEmpty, signature.count != 65 { object.fail("k256_signature", "has a wrong length") }
    var env: Secret?
    // an empty value means that there is no key
    if let key = object.key("env_crypt_key"), key.count > 0 {
      if key.count != 32 { object.fail("env_crypt_key", "has a wrong length") }
      env = consume key
    }
    try object.finish()
    self.init(
      diskCryptKey: disk, envCryptKey: env, k256Key: try k256.alone(), k256Signature: signature, gatewayAppId: gateway,
      caCert: caCert,
      provider: provider)
  }
}

extension KeyProvider {
  /// From the app keys file's member `key_provider`: an object with one member, which names the kind.
  fileprivate convenience init(in file: JSONObject) throws(AgentError) {
    guard let provider = file.object("key_provider") else { throw file.firstError("key_provider", "is missing") }
    if provider.count > 1 { throw file.firstError("key_provider", "has more than one member") }
    if let kms = provider.object("Kms") {
      let key = try kms.pem("tmp_ca_key")
      let publicKey = kms.hex("pubkey") ?? kms.missing("pubkey")
      let url = kms.text("url") ?? kms.missing("url")
      let certificate = kms.text("tmp_ca_cert") ?? kms.missing("tmp_ca_cert")
      self.init(kind: .kms(url: url, publicKey: publicKey, temporaryCert: certificate), key: key)
    } else if let local = provider.object("Local") {
      let key = try local.pem("key")
      self.init(kind: .local(mr: local.hex("mr") ?? local.missing("mr")), key: key)
    } else if let tpm = provider.object("Tpm") {
      let key = try tpm.pem("key")
      self.init(kind: .tpm(publicKey: tpm.hex("pubkey") ?? tpm.missing("pubkey")), key: key)
    } else if let none = provider.object("None") {
      self.init(kind: .none, key: try none.pem("key"))
    } else {
      throw file.firstError(
        "key_provider", provider.count == 0 ? "names no provider" : "must be one of None, Local, Tpm and Kms")
    }
  }
}
