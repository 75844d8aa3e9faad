/// Where the app's keys come from, one subclass for each source. The startup calls the methods in this order.
class Provider {
  /// The provider's identifier, before anything is measured; empty if it has none.
  func identify() throws(AgentError) -> [UInt8] { [] }

  /// Requests the keys once the launch is measured. Returns the hash of the OS image that they were given to; nil if nobody checked it.
  func request(_ evidence: BootEvidence) throws(AgentError) -> [UInt8]? { nil }

  /// The keys. Called once `key-provider` has been measured.
  func appKeys(_ evidence: BootEvidence) throws(AgentError) -> AppKeys { throw .failed("the key provider has no keys") }

  /// Throws `.invalid` for a provider that this agent refuses (docs/decisions/local-and-tpm.md).
  static func make(_ kind: ProviderKind, kmsURLs: [[UInt8]]) throws(AgentError) -> Provider {
    switch kind {
    case .none: return NoneProvider()
    case .kms: return KMSProvider(kmsURLs)
    // the enclave's answer does not say for which TD the key was derived, so a host can learn the key of a TD that it runs and have
    // it sealed to this guest; verifying the enclave's quote would not show that (docs/decisions/local-and-tpm.md)
    case .local:
      throw .invalid(
        "the key provider local is refused: the enclave's answer is not bound to this guest, and the host could know the keys")
    // on plain dstack the vTPM is a program of the host, which can read what it seals; elsewhere it would have to be verified like a quote
    case .tpm:
      throw .invalid("the key provider tpm is refused: this agent cannot verify the vTPM, and the host could read the keys")
    }
  }
}
