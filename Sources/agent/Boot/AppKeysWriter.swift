extension AppKeys {
  /// The JSON of the app keys file (docs/spec/keys.md), which `AppKeys.parse` reads.
  func text() -> ByteBuffer {
    let json = JSONWriter()
    json.beginObject()
    json.name("disk_crypt_key").hex(diskCryptKey)
    json.name("env_crypt_key")
    switch envCryptKey {
    case .some(let key): json.hex(key)
    // other readers of the file require the member
    case .none: json.string("")
    }
    json.name("k256_key").hex(k256Key)
    json.name("k256_signature").hex(k256Signature)
    json.name("gateway_app_id").string(gatewayAppId)
    json.name("ca_cert").string(caCert)
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
      json.name("key").secretString(key.source)
    case .local(let mr):
      json.name("Local").beginObject()
      json.name("key").secretString(key.source)
      json.name("mr").hex(mr)
    case .tpm(let publicKey):
      json.name("Tpm").beginObject()
      json.name("key").secretString(key.source)
      json.name("pubkey").hex(publicKey)
    case .kms(let url, let publicKey, let temporaryCert):
      json.name("Kms").beginObject()
      json.name("url").string(url)
      json.name("pubkey").hex(publicKey)
      json.name("tmp_ca_key").secretString(key.source)
      json.name("tmp_ca_cert").string(temporaryCert)
    }
    json.endObject()
    json.endObject()
  }
}
