/// MRCONFIGID, the TD's register in which the host declares what it launches: a version byte, 32 bytes that depend on the
/// version, and zeros. It is all zeros if the host declares nothing (docs/spec/boot.md).
struct MRConfigID {
  /// 48 bytes.
  let register: [UInt8]
  /// The document `mr_config`, whose hash version 3 holds; nil if the host gave none.
  let document: [UInt8]?

  /// Throws `.invalid` if the host declared a launch other than this one.
  @inline(never)
  func check(
    _ values: LaunchValues, instanceID: [UInt8], provider: ProviderKind, providerID: [UInt8]
  ) throws(AgentError) {
    if register.allSatisfy({ $0 == 0 }) { return }
    let bound: [UInt8]
    switch register.first {
    case 1:
      bound = values.composeHash
    case 2:
      bound = Keccak.keccak(values.composeHash + values.appID + [provider.rawValue] + providerID, .bits256)
    case 3:
      guard let document else { throw .invalid("mr_config_id has version 3, and there is no mr_config") }
      try AgentError.during(
        "mr_config",
        try MRConfig.check(document, values, instanceID: instanceID, provider: provider, providerID: providerID))
      bound = Self.hash(of: document)
    default:
      throw .invalid("mr_config_id has an unknown version")
    }
    let rest = [UInt8](repeating: 0, count: RTMR.size - 1 - bound.count)
    guard Array(register[1...]) == bound + rest else { throw .invalid("mr_config_id is that of another launch") }
  }

  /// The 32 bytes of version 3. The domain string ends with a NUL.
  static func hash(of document: [UInt8]) -> [UInt8] { Hash.sha256(bytes("dstack-mr-config-v3:") + [0] + document) }
}
