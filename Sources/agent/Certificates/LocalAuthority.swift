/// The CA of an app without a KMS: the key and the certificate in the app keys file. Whether they match is checked at first use, because
/// the check takes longer than the rest of the start.
final class LocalAuthority {
  /// PEM.
  private let keyText: Secret
  /// PEM, as in the file.
  private let chain: [UInt8]
  /// From the certificate: the DER Name, and the key identifier.
  private let name: [UInt8]
  private let identifier: [UInt8]
  /// DER SubjectPublicKeyInfo.
  private let publicKey: [UInt8]
  /// The result of the check, the key if it matches the certificate; nil until the first use.
  private var found: Result<P256, AgentError>?

  /// The CA in the app keys; with a KMS, the temporary CA, which signs what is presented to the KMS.
  convenience init(of keys: AppKeys) throws(AgentError) {
    var certificate = keys.caCert
    if case .kms(_, _, let temporary) = keys.provider.kind { certificate = temporary }
    try self.init(key: keys.provider.key, certificate: certificate)
  }

  /// Throws if the key or the certificate is malformed.
  init(key pem: borrowing Secret, certificate chain: [UInt8]) throws(AgentError) {
    let certificate = try AgentError.during("ca_cert", try X509Certificate(pem: chain))
    try AgentError.during("key_provider", try P256.inspect(pem: pem))
    name = certificate.subject
    publicKey = certificate.publicKey
    identifier = certificate.keyIdentifier ?? CertificateExtension.identifier(of: Array(publicKey.suffix(65)))
    keyText = Secret(sharing: pem)
    self.chain = chain
  }

  /// Throws `.failed` if the key and the certificate do not match.
  func check() throws(AgentError) { _ = try signer() }

  private func signer() throws(AgentError) -> P256 {
    if let found { return try found.get() }
    let result = Result { () throws(AgentError) in try pair() }
    found = result
    return try result.get()
  }

  private func pair() throws(AgentError) -> P256 {
    do throws(AgentError) {
      let key = try AgentError.during("key_provider", try P256(pem: keyText))
      guard publicKey == key.spki else { throw .failed("the key in key_provider does not match ca_cert") }
      return key
    } catch {
      // not `.invalid`, because no request is at fault
      throw AgentError(.failed, error.text)
    }
  }

  /// PEM texts: the certificate with this body, whose digest is given, then the CA's.
  func issue(_ body: BodyReader, _ digest: [UInt8]) throws(AgentError) -> [BodyReader] {
    [PEM.body("CERTIFICATE", try Certificate.signed(body, digest, by: signer())), JoinedBody(chain)]
  }

  /// The same in one step, for a request and its key.
  func issue(_ request: LeafRequest, for subjectKey: P256) throws(AgentError) -> [BodyReader] {
    let body = try body(request, for: subjectKey)
    return try issue(body, Hash.sha256(body.copy()))
  }

  /// Only the certificate, DER.
  func leaf(_ request: LeafRequest, for subjectKey: P256) throws(AgentError) -> BodyReader {
    let body = try body(request, for: subjectKey)
    return try Certificate.signed(body, Hash.sha256(body.copy()), by: signer())
  }

  /// The body to sign.
  func body(_ request: LeafRequest, for subjectKey: P256) throws(AgentError) -> BodyReader {
    let validity = try request.validity(now: Clock.unix())
    let identifier = CertificateExtension.identifier(of: subjectKey.publicKey)
    // without a name, the key's identifier: neither an empty Name (without alternative names) nor an empty common name is valid
    let subject = try Certificate.name(request.subject.isEmpty ? Hex.encode(identifier) : request.subject)
    let altNames = try request.generalNames()
    var purposes: [UInt8] = []
    if request.serverAuth { purposes += DER.element(DER.objectIdentifier, OID.serverAuth) }
    if request.clientAuth { purposes += DER.element(DER.objectIdentifier, OID.clientAuth) }
    var extensions = CertificateExtension.authorityKeyIdentifier(self.identifier)
    extensions += CertificateExtension.subjectKeyIdentifier(identifier)
    extensions += CertificateExtension.notCA
    extensions += CertificateExtension.keyUsage(CertificateExtension.digitalSignature)
    if !purposes.isEmpty { extensions += CertificateExtension.extendedKeyUsage(purposes) }
    if !altNames.isEmpty { extensions += CertificateExtension.subjectAltName(altNames) }
    var own = request.extensions
    if request.isForApp { own.insert((number: 4, content: JoinedBody(bytes("app:custom"))), at: 0) }
    let leaf = Certificate(
      issuer: name, subject: subject, notBefore: validity.notBefore, notAfter: validity.notAfter,
      publicKey: subjectKey.spki, extensions: extensions, own: own)
    return try leaf.body()
  }

  /// The self-signed certificate of an app's own CA, with the protocol's extensions; PEM.
  static func appRoot(
    _ key: P256, extensions own: [LeafRequest.Extension]
  ) throws(AgentError) -> [UInt8] {
    let name = try Certificate.name(bytes("App Root Cert"))
    let identifier = CertificateExtension.identifier(of: key.publicKey)
    let usage = CertificateExtension.digitalSignature | CertificateExtension.keyCertSign | CertificateExtension.crlSign
    var extensions = CertificateExtension.subjectKeyIdentifier(identifier)
    extensions += CertificateExtension.ca(pathLength: 1)
    extensions += CertificateExtension.keyUsage(usage)
    let root = Certificate(
      issuer: name, subject: name, notBefore: CertificateTime.defaultStart,
      notAfter: Clock.unix() + CertificateTime.defaultSpan, publicKey: key.spki,
      extensions: extensions, own: own)
    return PEM.body("CERTIFICATE", try root.signed(by: key)).all()
  }
}
