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
    var appID = JSONMember<[UInt8]>("app_id", nullable: true)
    var seed = JSONMember<[UInt8]>("instance_id_seed", nullable: true)
    var reader = JSONReader(text)
    var members = try reader.enterObject()
    while let member = try reader.nextMember(&members) {
      if try appID.take(member, &reader, JSONValue.hex) { continue }
      if try seed.take(member, &reader, JSONValue.hex) { continue }
      try reader.skip()
    }
    try reader.end()
    self.appID = appID.value ?? []
    self.seed = seed.value ?? []
    guard self.appID.isEmpty || self.appID.count == LaunchValues.idSize else { throw .invalid("app_id: is not 20 bytes") }
    guard self.seed.count <= Limits.instanceSeed else { throw .invalid("instance_id_seed: is longer than 64 bytes") }
  }
}
