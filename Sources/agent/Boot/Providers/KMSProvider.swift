/// A key management service (docs/spec/kms.md). It is asked for its identity before anything is measured, and for the keys once
/// the guest can prove what it runs.
final class KMSProvider: Provider {
  /// A KMS that has answered with its identity and a temporary CA, whose key it gives to anyone.
  private final class Candidate {
    let address: KMSAddress
    /// PEM: the certificate of its CA, and the key and certificate of the temporary CA.
    let caCert: [UInt8]
    let temporaryKey: Secret
    let temporaryCert: [UInt8]
    /// The provider's identifier: its CA's public key, as DER SubjectPublicKeyInfo.
    let id: [UInt8]

    /// Asks the KMS at a URL of `kms_urls`.
    init(_ url: [UInt8]) throws(AgentError) {
      let address = try KMSAddress(url + "/prpc")
      let body = JoinedBody(bytes("null"))
      let client = KMSClient(address: address, caCert: nil, identity: nil)
      let answer = try client.callInWorker("KMS.GetTempCaCert", body)
      let object = JSONObject(answer.source)
      caCert = object.text("ca_cert") ?? object.missing("ca_cert")
      temporaryCert = object.text("temp_ca_cert") ?? object.missing("temp_ca_cert")
      temporaryKey = try object.pem("temp_ca_key")
      try object.finish()
      // exactly one: a reader of the whole text would also trust a second certificate, which the identifier does not cover
      try AgentError.during("ca_cert", try PEM.checkSingle(caCert))
      id = try X509Certificate(pem: caCert).publicKey
      self.address = address
    }
  }

  private let urls: [[UInt8]]
  /// How many of the URLs have been asked.
  private var asked = 0
  private var candidate: Candidate?
  private var keys: AppKeys?

  /// `urls` are `kms_urls`; at most `Limits.kmsURLs` are tried.
  init(_ urls: [[UInt8]]) { self.urls = urls }

  override func identify() throws(AgentError) -> [UInt8] {
    var failure: AgentError?
    while asked < min(urls.count, Limits.kmsURLs) {
      do throws(AgentError) {
        asked += 1
        let found = try Candidate(urls[asked - 1])
        candidate = found
        return found.id
      } catch {
        failure = told(error)
      }
    }
    throw failure ?? .invalid("kms_urls: names no KMS")
  }

  override func request(_ evidence: BootEvidence) throws(AgentError) -> [UInt8]? {
    guard let first = candidate else { return nil }
    var next = first
    while true {
      do throws(AgentError) {
        return try ask(next, evidence)
      } catch {
        let failure = told(error)
        // further URLs count only if they lead to the same KMS, because its identifier has already been checked
        while true {
          guard let id = try? identify(), let candidate else { throw failure }
          next = candidate
          if id == first.id { break }
        }
      }
    }
  }

  override func appKeys(_ evidence: BootEvidence) throws(AgentError) -> AppKeys {
    guard let keys = keys.take() else { throw .failed("the KMS has given no keys") }
    return keys
  }

  /// Asks a KMS for the keys and keeps them. Returns the hash of the OS image that the KMS gave them to.
  private func ask(_ kms: Candidate, _ evidence: BootEvidence) throws(AgentError) -> [UInt8] {
    let authority = try LocalAuthority(key: kms.temporaryKey, certificate: kms.temporaryCert)
    let identity = try TLSIdentity()
    try identity.certify(by: authority, attestation: try evidence.attestation(identity.reportData))
    let client = KMSClient(address: kms.address, caCert: kms.caCert, identity: identity)
    let body = JSONWriter.document { json in
      json.number("api_version", 1)
      json.string("vm_config", evidence.vmConfig)
    }
    return try take(try client.callInWorker("KMS.GetAppKey", JoinedBody(body), within: Limits.kmsKeys), kms)
  }

  private func take(_ answer: borrowing Secret, _ kms: Candidate) throws(AgentError) -> [UInt8] {
    let object = JSONObject(answer.source)
    let hash = object.hex("os_image_hash") ?? object.missing("os_image_hash")
    if hash.count > Limits.imageHash { object.fail("os_image_hash", "has a wrong length") }
    if let signature = object.hex("k256_signature"), signature.isEmpty { object.fail("k256_signature", "has a wrong length") }
    var key = try Secret(capacity: kms.temporaryKey.count)
    let fits = key.append(kms.temporaryKey.source, 0..<kms.temporaryKey.count)
    precondition(fits)
    let kind = KeyProvider.Kind.kms(url: kms.address.url, publicKey: kms.id, temporaryCert: kms.temporaryCert)
    keys = try AppKeys(in: object, caCert: kms.caCert, KeyProvider(kind: kind, key: key))
    return hash
  }

  /// An error with the number of the URL that was asked last. It is also logged, because a later URL may succeed and hide it.
  private func told(_ error: AgentError) -> AgentError {
    let failure = AgentError(.failed, bytes("KMS ") + decimal(asked) + ": " + error.text)
    Log.warning(failure.text)
    return failure
  }
}
