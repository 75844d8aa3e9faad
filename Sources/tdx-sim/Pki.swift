import CFuse3
import Glibc

/// The development PKI of a state folder. Every key is derived from `pki.seed`; a verifier needs `root.pem` and `collateral.json`. It stands
/// in for Intel's SGX root, the platform's PCK certificate and the signers of TCB info and QE identity.
struct Pki {
  /// From 2020 to 2099, so that a state folder never expires.
  static let notBefore = "20200101000000Z"
  static let notAfter = "20990101000000Z"

  let seed: [UInt8]
  let root, platformCA, pck, tcbSigner, qeSigner: SigningKey
  let rootName = "tdx-sim development root CA"
  let platformName = "tdx-sim development PCK Platform CA"

  /// Opens the PKI of a state folder, making what is missing.
  init(state: String) throws {
    seed = try Pki.seed(state)
    root = try SigningKey(seed: seed, label: "root")
    platformCA = try SigningKey(seed: seed, label: "platform")
    pck = try SigningKey(seed: seed, label: "pck")
    tcbSigner = try SigningKey(seed: seed, label: "tcb")
    qeSigner = try SigningKey(seed: seed, label: "qe")
    if !System.exists(Pki.rootPath(state)) || !System.exists(Pki.collateralPath(state)) {
      try System.replace(Pki.rootPath(state), with: Array(try rootPem().utf8))
      try System.replace(Pki.collateralPath(state), with: Array(try collateral().utf8))
    }
  }

  static func rootPath(_ state: String) -> String { state + "/root.pem" }
  static func collateralPath(_ state: String) -> String { state + "/collateral.json" }

  /// 32 random bytes, written once: link(2) lets the first of several processes win.
  private static func seed(_ state: String) throws -> [UInt8] {
    let path = state + "/pki.seed"
    if !System.exists(path) {
      let draft = "\(path).\(getpid())"
      try System.write(draft, try System.random(32), mode: 0o600)
      defer { unlink(draft) }
      if link(draft, path) != 0, errno != EEXIST { throw Failure("cannot write \(path)", code: errno) }
    }
    let seed = try System.read(path)
    guard seed.count == 32 else { throw Failure("\(path) is not 32 bytes") }
    return seed
  }

  func rootPem() throws -> String {
    Der.pem("CERTIFICATE", try certificate(rootName, root, by: rootName, root, authority: true))
  }

  /// PCK leaf, platform CA and root: the certification data of a quote.
  func pckChain() throws -> String {
    let leaf = try certificate(
      "tdx-sim development PCK Certificate", pck, by: platformName, platformCA, authority: false, extra: Pki.sgxExtension)
    return Der.pem("CERTIFICATE", leaf) + (try platformChain())
  }

  func platformChain() throws -> String {
    Der.pem("CERTIFICATE", try certificate(platformName, platformCA, by: rootName, root, authority: true)) + (try rootPem())
  }

  func signerChain(_ name: String, _ key: SigningKey) throws -> String {
    Der.pem("CERTIFICATE", try certificate(name, key, by: rootName, root, authority: false)) + (try rootPem())
  }

  // MARK: X.509 (RFC 5280)

  private static let ecdsaWithSha256 = Der.sequence(Der.oid([1, 2, 840, 10045, 4, 3, 2]))
  private static let validity = Der.sequence(Der.time(notBefore), Der.time(notAfter))

  private static func name(_ text: String) -> [UInt8] {
    Der.sequence(Der.set(Der.sequence(Der.oid([2, 5, 4, 3]), Der.utf8(text))))
  }

  private static func ext(_ oid: [UInt32], critical: Bool = false, _ value: [UInt8]) -> [UInt8] {
    Der.sequence(Der.oid(oid), critical ? Der.boolean(true) : [], Der.octets(value))
  }

  private func signed(_ body: [UInt8], by key: SigningKey) throws -> [UInt8] {
    Der.sequence(body, Pki.ecdsaWithSha256, Der.bits(Der.signature(try key.sign(body))))
  }

  private func certificate(
    _ subject: String, _ key: SigningKey, by issuer: String, _ issuerKey: SigningKey, authority: Bool, extra: [UInt8] = []
  ) throws -> [UInt8] {
    var serial = Array(Hash.sha256(seed + Array(subject.utf8))[..<16])
    serial[0] = serial[0] & 0x7F | 0x40
    let publicKey = Der.sequence(
      Der.sequence(Der.oid([1, 2, 840, 10045, 2, 1]), Der.oid([1, 2, 840, 10045, 3, 1, 7])), Der.bits([4] + key.publicKey))
    // keyCertSign and cRLSign, or digitalSignature
    let usage = authority ? Der.bits([0x06], unused: 1) : Der.bits([0x80], unused: 7)
    let extensions = Der.sequence(
      Pki.ext([2, 5, 29, 19], critical: true, Der.sequence(authority ? Der.boolean(true) : [])),
      Pki.ext([2, 5, 29, 15], critical: true, usage), extra)
    let body = Der.sequence(
      Der.explicit(0, Der.integer([2])), Der.integer(serial), Pki.ecdsaWithSha256, Pki.name(issuer), Pki.validity,
      Pki.name(subject), publicKey, Der.explicit(3, extensions))
    return try signed(body, by: issuerKey)
  }

  /// An empty revocation list.
  func revocationList(_ issuer: String, _ key: SigningKey) throws -> [UInt8] {
    let number = Der.sequence(Pki.ext([2, 5, 29, 20], Der.integer([1])))
    let body = Der.sequence(
      Der.integer([1]), Pki.ecdsaWithSha256, Pki.name(issuer), Der.time(Pki.notBefore), Der.time(Pki.notAfter),
      Der.explicit(0, number))
    return try signed(body, by: key)
  }

  /// Intel's extension of a PCK certificate: PPID, TCB (16 component SVNs, PCESVN, CPUSVN), PCEID, FMSPC, SGX type; all zero.
  private static let sgxExtension: [UInt8] = {
    let base: [UInt32] = [1, 2, 840, 113741, 1, 13, 1]
    func entry(_ arcs: [UInt32], _ value: [UInt8]) -> [UInt8] { Der.sequence(Der.oid(base + arcs), value) }
    let tcb = (1...17).flatMap { entry([2, $0], Der.integer([0])) } + entry([2, 18], Der.octets([UInt8](zeros: 16)))
    let value = Der.sequence(
      entry([1], Der.octets([UInt8](zeros: 16))), entry([2], Der.tlv(0x30, tcb)), entry([3], Der.octets([UInt8](zeros: 2))),
      entry([4], Der.octets([UInt8](zeros: 6))), entry([5], Der.tlv(0x0A, [0])))
    return ext(base, value)
  }()
}
