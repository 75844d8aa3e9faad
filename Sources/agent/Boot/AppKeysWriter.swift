extension AppKeys {
  /// Writes the text of the app keys file: what `AppKeys.parse` reads.
  borrowing func write(to out: ByteBuffer) {
    var json = JSONWriter(out)
    json.beginObject()
    json.name("disk_crypt_key")
    json.hex(diskCryptKey)
    json.name("env_crypt_key")
    switch envCryptKey {
    case .some(let key): json.hex(key)
    // others want the member in any case
    case .none: json.string("")
    }
    json.name("k256_key")
    json.hex(k256Key)
    json.name("k256_signature")
    json.hex(k256Signature)
    json.name("gateway_app_id")
    json.string(gatewayAppId)
    json.name("ca_cert")
    json.string(caCert)
    json.name("key_provider")
    provider.write(to: &json)
    json.endObject()
  }
}

extension KeyProvider {
  fileprivate borrowing func write(to json: inout JSONWriter) {
    json.beginObject()
    switch kind {
    case .none: json.name("None")
    case .local: json.name("Local")
    case .tpm: json.name("Tpm")
    case .kms: json.name("Kms")
    }
    json.beginObject()
    switch kind {
    case .none:
      json.name("key")
      json.secretString(key.source)
    case .local(let mr):
      json.name("key")
      json.secretString(key.source)
      json.name("mr")
      json.hex(mr)
    case .tpm(let publicKey):
      json.name("key")
      json.secretString(key.source)
      json.name("pubkey")
      json.hex(publicKey)
    case .kms(let url, let publicKey, let temporaryCert):
      json.name("url")
      json.string(url)
      json.name("pubkey")
      json.hex(publicKey)
      json.name("tmp_ca_key")
      json.secretString(key.source)
      json.name("tmp_ca_cert")
      json.string(temporaryCert)
    }
    json.endObject()
    json.endObject()
  }
}
