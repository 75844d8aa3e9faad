/// The app's keys, as the boot leaves them for the agent (docs/spec/keys.md).
final class AppKeys {
  /// 32 bytes.
  private(set) var diskCryptKey: Secret
  /// The X25519 secret that encrypted environments are sealed to: 32 bytes; nil if there is none.
  private(set) var envCryptKey: Secret?
  /// The secp256k1 secret that every key of the app is derived from: 32 bytes, in range, alone in its pages.
  let k256Key: Secret
  /// The KMS root's signature over the app key: 65 bytes; empty without a KMS.
  let k256Signature: [UInt8]
  let gatewayAppId: [UInt8]
  /// In PEM.
  let caCert: [UInt8]
  let provider: KeyProvider

  init(
    diskCryptKey: consuming Secret, envCryptKey: consuming Secret?, k256Key: consuming Secret, k256Signature: [UInt8],
    gatewayAppId: [UInt8], caCert: [UInt8], provider: KeyProvider
  ) {
    self.diskCryptKey = diskCryptKey
    self.envCryptKey = envCryptKey
    self.k256Key = k256Key
    self.k256Signature = k256Signature
    self.gatewayAppId = gatewayAppId
    self.caCert = caCert
    self.provider = provider
  }

  /// Reads the file, without the keys that only the startup needs: those of the disk and the environment. Throws `.failed` if it cannot
  /// be read, is larger than `Limits.appKeysFile` or lacks something; the text names the member at fault, never a value.
  @inline(never)
  static func load(_ path: [UInt8]) throws(AgentError) -> AppKeys {
    do throws(AgentError) {
      let keys = try parse(try Secret.file(path, limit: Limits.appKeysFile))
      keys.diskCryptKey = try Secret()
      keys.envCryptKey = nil
      return keys
    } catch {
      throw AgentError(.failed, bytes("app keys file: ") + error.text + ": " + path)
    }
  }
}

/// Where the keys come from, and who signs the app's certificates.
final class KeyProvider {
  /// Who provided the keys. `boot` refuses `local` and `tpm` (docs/decisions/local-and-tpm.md); `serve` takes the keys of any
  /// kind.
  enum Kind {
    /// Keys from a seed on the disk.
    case none
    /// Keys from the host's local key provider, an enclave with this measurement.
    case local(mr: [UInt8])
    /// Keys sealed by a TPM with this public key.
    case tpm(publicKey: [UInt8])
    /// Keys from a KMS, which is also the CA. `publicKey` is the CA's, DER SubjectPublicKeyInfo; `temporaryCert` is the certificate, PEM,
    /// of the CA that issues client certificates for the KMS.
    case kms(url: [UInt8], publicKey: [UInt8], temporaryCert: [UInt8])
  }

  let kind: Kind
  /// PEM: the CA's key; with a KMS the temporary CA's.
  let key: Secret

  @inline(never)
  init(kind: Kind, key: consuming Secret) {
    self.kind = kind
    self.key = key
  }
}
