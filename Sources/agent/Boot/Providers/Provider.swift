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
    case .local: throw LocalProvider.refusal
    case .tpm: throw TPMProvider.refusal
    case .kms: return KMSProvider(kmsURLs)
    }
  }
}
