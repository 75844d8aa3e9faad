/// Where the app's keys come from; one subclass each. The startup calls the methods in their order here.
class Provider {
  /// The provider's identifier, before anything is measured; empty if it has none.
  func identify() throws(AgentError) -> [UInt8] { [] }

  /// Asks for the keys once the launch is measured. The hash of the OS image that they were given to, nil if nobody looked at it.
  func request(_ evidence: BootEvidence) throws(AgentError) -> [UInt8]? { nil }

  /// The keys, when it is measured where they come from.
  func appKeys(_ evidence: BootEvidence) throws(AgentError) -> AppKeys { throw .failed("the key provider has no keys") }

  /// Throws `.invalid` for a provider that this agent does not have.
  static func make(_ kind: ProviderKind, kmsURLs: [[UInt8]]) throws(AgentError) -> Provider {
    switch kind {
    case .none: return NoneProvider()
    case .kms: return KMSProvider(kmsURLs)
    // the host's enclave would seal the keys to whoever it answers, so its quote would have to be verified up to Intel's root with
    // fresh collateral; while that is missing, a host could put itself in the enclave's place
    case .local:
      throw .invalid(
        "the key provider local is refused: this agent cannot verify the enclave's quote, and the host could read the keys")
    // the vTPM is the cloud's, and its state would have to be verified like a quote
    case .tpm:
      throw .invalid("the key provider tpm is refused: this agent cannot verify the vTPM, and the host could read the keys")
    }
  }
}
