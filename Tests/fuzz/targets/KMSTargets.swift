@testable import agent

func fuzzKMSAddress(_ url: [UInt8]) {
  attempt { () throws(AgentError) in
    let address = try KMSAddress(url)
    check(address.port > 0 && !address.host.isEmpty && address.path.last != UInt8(ascii: "/"), "an address is whole")
  }
}

/// The answer of GetAppKey.
func fuzzKMSKeys(_ body: [UInt8]) {
  attempt { () throws(AgentError) in
    let answer = try Secret(copying: body)
    let object = JSONObject(answer.source)
    _ = object.hex("os_image_hash") ?? object.missing("os_image_hash")
    _ = try AppKeys(in: object, caCert: [], KeyProvider(kind: .none, key: Secret(count: 1)))
  }
}

/// The answer of GetTempCaCert.
func fuzzKMSIdentity(_ body: [UInt8]) {
  attempt { () throws(AgentError) in
    let answer = try Secret(copying: body)
    let object = JSONObject(answer.source)
    let certificate = object.text("ca_cert") ?? object.missing("ca_cert")
    let key = try object.pem("temp_ca_key")
    try object.finish()
    check(key.count <= Limits.keyPEM && UTF8Text.isValid(certificate), "a key has a bound, and a certificate is text")
  }
}

func fuzzCertificate(_ der: [UInt8]) {
  attempt { () throws(AgentError) in
    let certificate = try X509Certificate(der: der)
    checkElements(certificate.subject)
    checkElements(certificate.publicKey)
    _ = (certificate.keyIdentifier, certificate.dstackExtension(4), certificate.isFor([127, 0, 0, 1]))
  }
}
