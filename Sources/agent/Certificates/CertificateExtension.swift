/// Extensions of X.509 v3 certificates as DER, RFC 5280 §4.2.
enum CertificateExtension {
  /// Bits of a key usage, in the BIT STRING's first byte.
  static let digitalSignature: UInt8 = 0x80
  static let keyCertSign: UInt8 = 0x04
  static let crlSign: UInt8 = 0x02

  static func keyUsage(_ bits: UInt8) -> [UInt8] {
    // DER counts the unused bits at the end and drops the zeros before them
    wrap(
      OID.keyUsage, critical: true, DER.element(DER.bitString, [UInt8(truncatingIfNeeded: bits.trailingZeroBitCount), bits]))
  }

  /// `purposes` are OBJECT IDENTIFIER elements, at least one.
  static func extendedKeyUsage(_ purposes: [UInt8]) -> [UInt8] {
    wrap(OID.extendedKeyUsage, critical: false, DER.sequence(purposes))
  }

  /// For a certificate that may not sign others.
  static var notCA: [UInt8] { wrap(OID.basicConstraints, critical: true, DER.sequence([])) }

  /// For a CA with at most `pathLength` CAs below it.
  static func ca(pathLength: UInt8) -> [UInt8] {
    wrap(OID.basicConstraints, critical: true, DER.sequence(DER.element(DER.boolean, [0xff]) + DER.unsigned([pathLength])))
  }

  static func subjectKeyIdentifier(_ identifier: [UInt8]) -> [UInt8] {
    wrap(OID.subjectKeyIdentifier, critical: false, DER.element(DER.octetString, identifier))
  }

  static func authorityKeyIdentifier(_ identifier: [UInt8]) -> [UInt8] {
    let keyIdentifier = DER.element(DER.context(0, constructed: false), identifier)
    return wrap(OID.authorityKeyIdentifier, critical: false, DER.sequence(keyIdentifier))
  }

  /// `names` are GeneralName elements, at least one.
  static func subjectAltName(_ names: [UInt8]) -> [UInt8] {
    wrap(OID.subjectAltName, critical: false, DER.sequence(names))
  }

  /// The head of one of the protocol's own extensions, which wrap their content twice, for `count` bytes of content.
  static func dstackHead(_ number: UInt8, _ count: Int) -> [UInt8] {
    let inner = DER.head(DER.octetString, count)
    let value = DER.head(DER.octetString, inner.count + count) + inner
    let oid = DER.element(DER.objectIdentifier, OID.dstack(number))
    return DER.head(DER.sequence, oid.count + value.count + count) + oid + value
  }

  /// A key's identifier, 20 bytes: RFC 7093 §2, method 1, over the point.
  static func identifier(of publicKey: [UInt8]) -> [UInt8] { Array(Hash.sha256(publicKey)[..<20]) }

  @inline(never)
  private static func wrap(_ oid: [UInt8], critical: Bool, _ value: [UInt8]) -> [UInt8] {
    DER.sequence(
      DER.element(DER.objectIdentifier, oid) + (critical ? DER.element(DER.boolean, [0xff]) : [])
        + DER.element(DER.octetString, value))
  }
}
