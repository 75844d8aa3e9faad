/// An X.509 v3 certificate of a P-256 key, not signed yet (RFC 5280 §4.1). Its serial number is 126 random bits.
final class Certificate {
  /// DER Names.
  let issuer: [UInt8]
  let subject: [UInt8]
  /// Seconds since 1970, within `CertificateTime.range`.
  let notBefore: Int64
  let notAfter: Int64
  /// DER SubjectPublicKeyInfo.
  let publicKey: [UInt8]
  /// Made by `CertificateExtension`.
  let extensions: [UInt8]
  /// The protocol's own extensions, which follow those; their content may be long.
  let own: [LeafRequest.Extension]

  init(
    issuer: [UInt8], subject: [UInt8], notBefore: Int64, notAfter: Int64, publicKey: [UInt8], extensions: [UInt8],
    own: [LeafRequest.Extension] = []
  ) {
    (self.issuer, self.subject) = (issuer, subject)
    (self.notBefore, self.notAfter) = (notBefore, notAfter)
    self.publicKey = publicKey
    (self.extensions, self.own) = (extensions, own)
  }

  private static var algorithm: [UInt8] {
    @inline(never) get { DER.sequence(DER.element(DER.objectIdentifier, OID.ecdsaWithSHA256)) }
  }

  /// A Name with one common name. Throws `.invalid` for more than 64 characters, for control characters, and if it is not UTF-8.
  static func name(_ commonName: [UInt8]) throws(AgentError) -> [UInt8] {
    guard UTF8Text.isValid(commonName) else { throw .invalid("the subject is not UTF-8") }
    // a reader that stops at a NUL would see another name
    guard commonName.allSatisfy({ $0 >= 0x20 && $0 != 0x7f }) else { throw .invalid("the subject has control characters") }
    // counts the bytes that begin a character
    guard commonName.count(where: { $0 & 0xc0 != 0x80 }) <= Limits.commonName else {
      throw .invalid("the subject is longer than 64 characters")
    }
    let attribute = DER.sequence(
      DER.element(DER.objectIdentifier, OID.commonName) + DER.element(DER.utf8String, commonName))
    return DER.sequence(DER.element(DER.set, attribute))
  }

  /// What the CA signs, with ECDSA and SHA-256. Each call makes a new serial number.
  func body() throws(AgentError) -> BodyReader {
    var serial = try Random.bytes(16)
    // positive, without leading zeros
    serial[0] = serial[0] & 0x7f | 0x40
    var fixed = DER.element(DER.context(0, constructed: true), DER.unsigned([2]))
    fixed += DER.unsigned(serial)
    fixed += Self.algorithm
    fixed += issuer
    fixed += DER.sequence(CertificateTime.der(notBefore) + CertificateTime.der(notAfter))
    fixed += subject
    fixed += publicKey
    let list = ByteBuffer(holding: extensions)
    for (number, content) in own {
      list.append(CertificateExtension.dstackHead(number, content.remaining))
      list.insert(content)
    }
    let extensions = JoinedBody(list)
    let inner = DER.head(DER.sequence, extensions.remaining)
    let outer = DER.head(DER.context(3, constructed: true), inner.count + extensions.remaining) + inner
    let out = ByteBuffer(holding: DER.head(DER.sequence, fixed.count + outer.count + extensions.remaining) + fixed + outer)
    out.insert(extensions)
    return JoinedBody(out)
  }

  /// The certificate as DER, with the key's signature over a digest of its body.
  @inline(never)
  static func signed(
    _ body: BodyReader, _ digest: [UInt8], by key: P256
  ) throws(AgentError) -> BodyReader {
    let end = algorithm + DER.bits(try key.sign(digest))
    let out = ByteBuffer(holding: DER.head(DER.sequence, body.remaining + end.count))
    out.insert(body)
    out.append(end)
    return JoinedBody(out)
  }

  /// The body and the signature in one step.
  func signed(by key: P256) throws(AgentError) -> BodyReader {
    let body = try body()
    return try Self.signed(body, Hash.sha256(body.copy()), by: key)
  }
}
