/// Where an app's keys can come from, as app-compose names it.
enum ProviderKind: Equatable {
  case none, local, kms, tpm

  /// Throws `.invalid` for a name that is unknown here: another source of keys is another trust.
  init(name: [UInt8]) throws(AgentError) {
    if name.matches("none") {
      self = .none
    } else if name.matches("local") {
      self = .local
    } else if name.matches("kms") {
      self = .kms
    } else if name.matches("tpm") {
      self = .tpm
    } else {
      throw .invalid("key_provider: is none of none, local, kms and tpm")
    }
  }

  /// Its name in the event `key-provider`.
  var eventName: StaticString {
    switch self {
    case .none: "none"
    case .local: "local-sgx"
    case .kms: "kms"
    case .tpm: "tpm"
    }
  }

  /// Its number in MRCONFIGID of version 2.
  var number: UInt8 {
    switch self {
    case .none: 0
    case .local: 1
    case .kms: 2
    case .tpm: 3
    }
  }
}
