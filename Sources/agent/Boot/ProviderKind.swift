/// Where an app's keys can come from, as app-compose names it.
enum ProviderKind: Equatable {
  case none, local, kms, tpm

  /// Throws `.invalid` for a name that is unknown here: another source of keys is another trust.
  static func parse(_ name: [UInt8]) throws(AgentError) -> ProviderKind {
    if name.matches("none") { return .none }
    if name.matches("local") { return .local }
    if name.matches("kms") { return .kms }
    if name.matches("tpm") { return .tpm }
    throw .invalid("is none of none, local, kms and tpm")
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
