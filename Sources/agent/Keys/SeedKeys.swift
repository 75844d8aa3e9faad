/// The keys of an app without a KMS, derived from the seed that its provider keeps (docs/spec/keys.md).
final class SeedKeys {
  let ca: P256
  /// SHA-256 of a P-256 key's canonical PKCS#8: 32 bytes.
  let diskCryptKey: Secret
  let k256Key: Secret

  init(seed: borrowing Secret) throws(AgentError) {
    let ca = try P256(scalar: try Hash.derive(seed, bytes("app-key")))
    let disk = try P256(scalar: try Hash.derive(seed, bytes("app-disk-key")))
    let diskCryptKey = try Hash.sha256(try disk.pkcs8())
    let k256Key = try Hash.derive(seed, bytes("app-k256-key"))
    guard Secp256k1.isValid(k256Key) else { throw .failed("the secp256k1 secret is out of range") }
    self.ca = ca
    self.diskCryptKey = diskCryptKey
    self.k256Key = k256Key
  }
}
