/// The host's declaration of what it launches: the document `mr_config`, whose hash is in MRCONFIGID of version 3 (docs/spec/boot.md).
enum MRConfig {
  /// Throws `.invalid` if the document declares another launch, is malformed or has an unknown member. Members that it may omit
  /// are compared only if they are present.
  @inline(never)
  static func check(
    _ document: [UInt8], _ values: LaunchValues, instanceID: [UInt8], provider: ProviderKind, providerID: [UInt8]
  ) throws(AgentError) {
    let object = JSONObject(document, foreign: JSONObject.unknownMember)
    if object.number("version") ?? 3 != 3 { object.fail("version", "is not 3") }
    let composeHash = object.hex("compose_hash") ?? object.missing("compose_hash")
    if composeHash != values.composeHash { object.fail("compose_hash", another) }
    let name = object.text("key_provider") ?? object.missing("key_provider")
    if ProviderKind(name: name, in: object) != provider { object.fail("key_provider", another) }
    expect(values.appID, object, "app_id")
    expect(values.gpuPolicyHash, object, "gpu_policy_hash")
    expect(providerID, object, "key_provider_id")
    expect(instanceID, object, "instance_id")
    if object.hexList("init_script_hashes") ?? values.initScriptHashes != values.initScriptHashes {
      object.fail("init_script_hashes", another)
    }
    try object.finish()
  }

  private static let another: StaticString = "is that of another launch"

  private static func expect(_ value: [UInt8], _ object: JSONObject, _ name: StaticString) {
    if object.hex(name) ?? value != value { object.fail(name, another) }
  }
}
