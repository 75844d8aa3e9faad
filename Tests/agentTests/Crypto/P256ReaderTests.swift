import Testing

@testable import agent

struct P256ReaderTests {
  @discardableResult
  private static func read(_ pem: [UInt8]) throws -> P256 { try P256(pem: try Secret(copying: pem)) }

  private static func text(_ der: [UInt8]) -> [UInt8] { PEM.encode("PRIVATE KEY", der) }

  @Test(arguments: [KeyFiles.pkcs8, KeyFiles.sec1, KeyFiles.sec1WithParameters, KeyFiles.sec1WithoutPublicKey])
  func known(_ pem: String) throws {
    let key = try Self.read(Array(pem.utf8))
    #expect(key.spki == octets(KeyFiles.spki))
    #expect(revealed(try key.pem()) == Array(KeyFiles.pkcs8.utf8))
  }

  @Test(arguments: [
    KeyFiles.explicitParameters, KeyFiles.encrypted, KeyFiles.secp256k1, KeyFiles.p384, KeyFiles.ed25519, KeyFiles.rsa, "", "x",
  ])
  func refused(_ pem: String) {
    #expect(refusal { _ = try Self.read(Array(pem.utf8)) } == .invalid)
  }

  @Test func length() throws {
    let room = [UInt8](repeating: 0x20, count: Limits.keyPEM - KeyFiles.pkcs8.utf8.count)
    #expect(try Self.read(room + Array(KeyFiles.pkcs8.utf8)).spki == octets(KeyFiles.spki))
    #expect(failure { _ = try Self.read(room + [0x20] + Array(KeyFiles.pkcs8.utf8)) } == "the key is longer than 4096 bytes")
  }

  private static let curve = "a00a 06082a8648ce3d030107"
  private static let algorithm = "3013 06072a8648ce3d0201 06082a8648ce3d030107"

  /// ECPrivateKey with what follows its secret, and PKCS#8 around it.
  private static func alone(_ rest: [UInt8]) -> [UInt8] {
    DER.sequence([2, 1, 1] + DER.element(DER.octetString, octets(KeyFiles.scalar)) + rest)
  }

  private static func pkcs8(_ key: [UInt8], version: UInt8 = 0, behind: [UInt8] = []) -> [UInt8] {
    DER.sequence([2, 1, version] + octets(algorithm) + DER.element(DER.octetString, key) + behind)
  }

  /// The public key as its element, for the key of `KeyFiles` and for another one.
  private static let point = octets("a144 034200") + octets(KeyFiles.spki).suffix(65)
  private static let other = octets("a144 034200") + octets(P256Tests.key)

  @Test func forms() throws {
    let curve = octets(Self.curve)
    for der in [
      Self.alone(curve), Self.alone(curve + Self.point), Self.pkcs8(Self.alone([])), Self.pkcs8(Self.alone(Self.point)),
      Self.pkcs8(Self.alone(curve)), Self.pkcs8(Self.alone(curve + Self.point)),
    ] {
      let key = try Self.read(Self.text(der))
      #expect(key.spki == octets(KeyFiles.spki))
      #expect(throws: AgentError.self) { try Self.read(Self.text(der + [0])) }
      #expect(throws: AgentError.self) { try Self.read(Self.text(der.dropLast())) }
    }
  }

  /// In order: no curve; another public key; something after the public key, or instead of it, and the public key twice; something before
  /// it; in PKCS#8 something after ECPrivateKey, and attributes; version 1, with the public key as RFC 5958 has it and without; other
  /// versions; the order of the curve and its double as the secret; a compressed public key; lengths that are not in their shortest form.
  @Test func others() {
    let curve = octets(Self.curve)
    let zeros = [UInt8](repeating: 0, count: 32)
    for der in [
      Self.alone([]), Self.alone(Self.point),
      Self.alone(curve + Self.other), Self.pkcs8(Self.alone(Self.other)),
      Self.alone(curve + Self.point + [5, 0]), Self.alone(curve + [5, 0]), Self.alone(curve + Self.point + Self.point),
      Self.pkcs8(Self.alone([5, 0])), Self.pkcs8(Self.alone(Self.point + [5, 0])), Self.pkcs8(Self.alone([5, 0] + Self.point)),
      Self.pkcs8(Self.alone(Self.point) + [5, 0]), Self.pkcs8(Self.alone(Self.point), behind: [0xa0, 0]),
      Self.pkcs8(Self.alone(Self.point), version: 1),
      Self.pkcs8(Self.alone([]), version: 1, behind: [0x81, 66, 0] + Self.point.suffix(65)),
      Self.pkcs8(Self.alone(Self.point), version: 2),
      DER.sequence([2, 1, 0] + DER.element(DER.octetString, octets(KeyFiles.scalar)) + curve),
      DER.sequence([2, 1, 1] + DER.element(DER.octetString, octets(P256Tests.order)) + curve),
      DER.sequence([2, 1, 1] + DER.element(DER.octetString, zeros) + curve),
      DER.sequence([2, 1, 1] + DER.element(DER.octetString, [0] + octets(KeyFiles.scalar)) + curve),
      DER.sequence([2, 1, 1] + DER.element(DER.octetString, octets(KeyFiles.scalar).dropLast()) + curve),
      Self.alone(curve + octets("a124 032200 02") + Self.point[6..<38]),
      Self.alone(curve + octets("a124 032200 03") + Self.point[6..<38]),
      [0x30, 0x81, 0x77] + Self.alone(curve + Self.point).dropFirst(2),
    ] {
      #expect(refusal { _ = try Self.read(Self.text(der)) } == .invalid, "\(Hex.encode(der))")
    }
  }

  /// Every byte of the DER decides: changed or cut anywhere, the key is refused. A changed digit of the secret is refused because the
  /// public key does not belong to it.
  @Test func everyByteCounts() throws {
    let good = revealed(try P256(scalar: try secret(KeyFiles.scalar)).pkcs8())
    for place in good.indices {
      for bit in 0..<8 {
        var changed = good
        changed[place] ^= 1 << bit
        #expect(throws: AgentError.self, "byte \(place)") { try Self.read(Self.text(changed)) }
      }
      #expect(refusal { _ = try Self.read(Self.text(Array(good[..<place]))) } == .invalid)
    }
  }
}
