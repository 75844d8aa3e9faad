/// A key management service. It is asked who it is before anything is measured, and for the keys when the guest can prove what it is.
final class KMSProvider: Provider {
  /// A KMS that has told who it is, and with what to make certificates for it. It tells that to everyone.
  private final class Candidate {
    let address: KMSAddress
    /// PEM: its CA's certificate, and key and certificate of the temporary CA.
    let caCert: [UInt8]
    let temporaryKey: Secret
    let temporaryCert: [UInt8]
    /// DER SubjectPublicKeyInfo of its CA.
    let id: [UInt8]

    init(_ url: [UInt8]) throws(AgentError) {
      let address = try KMSAddress(url + bytes("/prpc"))
      let body = ByteBuffer(capacity: 4)
      body.append("null")
      let members = KeyMembers()
      members.know("temp_ca_key", .pem)
      members.know("temp_ca_cert", .text)
      members.know("ca_cert", .text)
      let client = KMSClient(address: address, caCert: nil, identity: nil)
      try members.read(document: client.callInWorker("KMS.GetTempCaCert", body))
      let caCert = try members.data("ca_cert")
      id = try CertificateReader(pem: caCert).publicKey
      temporaryCert = try members.data("temp_ca_cert")
      temporaryKey = try members.take("temp_ca_key")
      self.address = address
      self.caCert = caCert
    }
  }

  private let urls: [[UInt8]]
  /// How many of the URLs have been asked.
  private var asked = 0
  private var candidate: Candidate?
  private var keys: AppKeys?

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
        // the others count only if they are the same KMS: who it is has been checked already
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

  /// Takes the keys; the hash of the OS image that the KMS gave them to.
  private func ask(_ kms: Candidate, _ evidence: BootEvidence) throws(AgentError) -> [UInt8] {
    let authority = try LocalAuthority(key: kms.temporaryKey, certificate: kms.temporaryCert)
    let identity = try TLSIdentity()
    try identity.certify(by: authority, attestation: try evidence.attestation(identity.reportData))
    let client = KMSClient(address: kms.address, caCert: kms.caCert, identity: identity)
    let body = ByteBuffer()
    var json = JSONWriter(body)
    json.beginObject()
    json.name("api_version")
    json.number(1)
    json.name("vm_config")
    json.string(evidence.vmConfig)
    json.endObject()
    let members = AppKeys.known()
    members.know("os_image_hash", .hex)
    try members.read(document: client.callInWorker("KMS.GetAppKey", body, within: Limits.kmsKeys))
    return try take(members, kms)
  }

  private func take(_ members: KeyMembers, _ kms: Candidate) throws(AgentError) -> [UInt8] {
    let hash = try members.data("os_image_hash")
    guard hash.count <= Limits.imageHash else { throw AgentError.wrongLength.during("os_image_hash") }
    var key = try Secret(capacity: kms.temporaryKey.count)
    let fits = key.append(kms.temporaryKey.source, 0..<kms.temporaryKey.count)
    precondition(fits)
    let kind = KeyProvider.Kind.kms(url: kms.address.url, publicKey: kms.id, temporaryCert: kms.temporaryCert)
    let keys = try AppKeys(members, caCert: kms.caCert, KeyProvider(kind: kind, key: key))
    guard !keys.k256Signature.isEmpty else { throw AgentError.wrongLength.during("k256_signature") }
    self.keys = consume keys
    return hash
  }

  /// An error of the URL asked last, in the log as well: another one may do.
  private func told(_ error: AgentError) -> AgentError {
    let failure = AgentError(.failed, bytes("KMS ") + decimal(asked) + bytes(": ") + error.text)
    Log.warning(failure.text)
    return failure
  }
}
