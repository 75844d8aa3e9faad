/// What the host keeps of an instance from boot to boot (`.instance_info`). A value that is empty is not given.
struct InstanceInfo {
  /// 20 bytes or none.
  var appID: [UInt8] = []
  /// At most `Limits.instanceSeed` bytes.
  var seed: [UInt8] = []

  /// Nothing is known of the instance.
  init() {}

  init(_ text: [UInt8]) throws(AgentError) {
    let object = JSONObject(text)
    appID = object.hex("app_id") ?? []
    seed = object.hex("instance_id_seed") ?? []
    if !appID.isEmpty, appID.count != LaunchValues.idSize { object.fail("app_id", "is not 20 bytes") }
    if seed.count > Limits.instanceSeed { object.fail("instance_id_seed", "is longer than 64 bytes") }
    try object.finish()
  }
}
