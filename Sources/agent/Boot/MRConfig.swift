/// The host's declaration of what it launches (mr_config of `.sys-config.json`), which MRCONFIGID of version 3 is a hash of. An
/// unknown member is an error.
struct MRConfig {
  let composeHash: [UInt8]
  let keyProvider: ProviderKind
  // What is nil is not declared.
  let appID: [UInt8]?
  let gpuPolicyHash: [UInt8]?
  let keyProviderID: [UInt8]?
  let instanceID: [UInt8]?
  let initScriptHashes: [[UInt8]]?

  init(_ text: [UInt8]) throws(AgentError) {
    var version = JSONMember<UInt64>("version")
    var composeHash = JSONMember<[UInt8]>("compose_hash")
    var keyProvider = JSONMember<ProviderKind>("key_provider")
    var appID = JSONMember<[UInt8]>("app_id", nullable: true)
    var gpuPolicyHash = JSONMember<[UInt8]>("gpu_policy_hash", nullable: true)
    var keyProviderID = JSONMember<[UInt8]>("key_provider_id", nullable: true)
    var instanceID = JSONMember<[UInt8]>("instance_id", nullable: true)
    var initScriptHashes = JSONMember<[[UInt8]]>("init_script_hashes", nullable: true)
    var reader = JSONReader(text)
    var members = try reader.enterObject()
    while let member = try reader.nextMember(&members) {
      if try version.take(member, &reader, JSONValue.number) { continue }
      if try composeHash.take(member, &reader, JSONValue.hex) { continue }
      if try keyProvider.take(member, &reader, Self.provider) { continue }
      if try appID.take(member, &reader, JSONValue.hex) { continue }
      if try gpuPolicyHash.take(member, &reader, JSONValue.hex) { continue }
      if try keyProviderID.take(member, &reader, JSONValue.hex) { continue }
      if try instanceID.take(member, &reader, JSONValue.hex) { continue }
      if try initScriptHashes.take(member, &reader, JSONValue.hashes) { continue }
      throw .invalid("has a member that this agent does not know")
    }
    try reader.end()
    guard version.value ?? 3 == 3 else { throw .invalid("version: is not 3") }
    self.composeHash = try composeHash.required()
    self.keyProvider = try keyProvider.required()
    self.appID = appID.value
    self.gpuPolicyHash = gpuPolicyHash.value
    self.keyProviderID = keyProviderID.value
    self.instanceID = instanceID.value
    self.initScriptHashes = initScriptHashes.value
  }

  private static func provider(_ reader: inout JSONReader<[UInt8]>) throws(AgentError) -> ProviderKind {
    try ProviderKind.parse(reader.string())
  }
}
