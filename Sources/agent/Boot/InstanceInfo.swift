/// What the host keeps of an instance from boot to boot (`.instance_info`). A value that is empty is not given.
struct InstanceInfo {
  /// 20 bytes or none.
  let appID: [UInt8]
  /// At most `Limits.instanceSeed` bytes.
  let seed: [UInt8]

  /// Nothing is known of the instance.
  init() {
    appID = []
    seed = []
  }

  init(_ text: [UInt8]) throws(AgentError) {
    let object = try JSONObject(text, known: ["app_id", "instance_id_seed"])
    appID = try object.hex("app_id", orNull: true) ?? []
    seed = try object.hex("instance_id_seed", orNull: true) ?? []
    guard appID.isEmpty || appID.count == LaunchValues.idSize else { throw .invalid("app_id: is not 20 bytes") }
    guard seed.count <= Limits.instanceSeed else { throw .invalid("instance_id_seed: is longer than 64 bytes") }
  }
}
