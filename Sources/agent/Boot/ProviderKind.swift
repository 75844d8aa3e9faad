/// Where an app's keys can come from. The number is the one in MRCONFIGID of version 2.
enum ProviderKind: UInt8 {
  case none, local, kms, tpm

  /// The member `key_provider` of an object, which keeps the error if the name is unknown: a different key provider means
  /// trusting somebody else, so there is no fallback.
  init(name: [UInt8], in object: JSONObject) {
    let names: [StaticString] = ["none", "local", "kms", "tpm"]
    let number = names.firstIndex { name.matches($0) }
    if number == nil { object.fail("key_provider", "must be none, local, kms or tpm") }
    self = ProviderKind(rawValue: UInt8(number ?? 0)) ?? .none
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
}
