/// What the host keeps about an instance between boots (`.instance_info`). An empty value counts as absent.
struct InstanceInfo {
  /// The app's identifier: 20 bytes, or empty.
  var appID: [UInt8] = []
  /// The seed of the instance's identifier, at most `Limits.instanceSeed` bytes.
  var seed: [UInt8] = []

  /// Nothing is known of the instance.
  init() {}

  /// Throws `.invalid` for malformed JSON or a value of another size.
  init(_ text: [UInt8]) throws(AgentError) {
    let object = JSONObject(text)
    appID = object.hex("app_id") ?? []
    seed = object.hex("instance_id_seed") ?? []
    if !appID.isEmpty, appID.count != LaunchValues.idSize { object.fail("app_id", "is not 20 bytes") }
    if seed.count > Limits.instanceSeed { object.fail("instance_id_seed", "is longer than 64 bytes") }
    try object.finish()
  }
}
