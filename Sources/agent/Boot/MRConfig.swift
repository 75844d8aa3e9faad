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
    let object = try JSONObject(
      text, isClosed: true,
      known: [
        "version", "compose_hash", "key_provider", "app_id", "gpu_policy_hash", "key_provider_id", "instance_id",
        "init_script_hashes",
      ])
    guard try object.number("version") ?? 3 == 3 else { throw .invalid("version: is not 3") }
    guard let hash = try object.hex("compose_hash") else { throw JSONObject.missing("compose_hash") }
    guard let provider = try object.text("key_provider") else { throw JSONObject.missing("key_provider") }
    composeHash = hash
    keyProvider = try ProviderKind(name: provider)
    appID = try object.hex("app_id", orNull: true)
    gpuPolicyHash = try object.hex("gpu_policy_hash", orNull: true)
    keyProviderID = try object.hex("key_provider_id", orNull: true)
    instanceID = try object.hex("instance_id", orNull: true)
    initScriptHashes = try object.hexList("init_script_hashes", orNull: true)
  }
}
