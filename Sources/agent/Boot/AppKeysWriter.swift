extension AppKeys {
  /// The JSON of the app keys file (docs/spec/keys.md), which `AppKeys.parse` reads.
  func text() -> ByteBuffer {
    let json = JSONWriter()
    json.beginObject()
    json.hex("disk_crypt_key", diskCryptKey)
    json.name("env_crypt_key")
    switch envCryptKey {
    case .some(let key): json.hex(key)
    // other readers of the file require the member
    case .none: json.string("")
    }
    json.hex("k256_key", k256Key)
    json.hex("k256_signature", k256Signature)
    json.string("gateway_app_id", gatewayAppId)
    json.string("ca_cert", caCert)
    provider.write(to: json.name("key_provider"))
    json.endObject()
    return json.out
  }
}

extension KeyProvider {
  fileprivate func write(to json: JSONWriter) {
    json.beginObject()
    switch kind {
    case .none:
      json.name("None").beginObject()
      json.secretString("key", key.source)
    case .local(let mr):
      json.name("Local").beginObject()
      json.secretString("key", key.source)
      json.hex("mr", mr)
    case .tpm(let publicKey):
      json.name("Tpm").beginObject()
      json.secretString("key", key.source)
      json.hex("pubkey", publicKey)
    case .kms(let url, let publicKey, let temporaryCert):
      json.name("Kms").beginObject()
      json.string("url", url)
      json.hex("pubkey", publicKey)
      json.secretString("tmp_ca_key", key.source)
      json.string("tmp_ca_cert", temporaryCert)
    }
    json.endObject()
    json.endObject()
  }
}
