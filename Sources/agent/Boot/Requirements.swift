/// What an app demands of the machine it starts on (app-compose's `requirements`). An unknown member is an error: it may be a demand
/// that is not met.
struct Requirements {
  /// Nil if every version will do.
  let osVersion: SemVerRange?
  /// Nil if every platform will do; an empty list allows none.
  let platforms: [[UInt8]]?
  /// Whether the ACPI tables must be part of what verifiers recompute, or must not; nil if both will do.
  let measuresACPITables: Bool?
  /// 32 bytes; nil if no launch token is needed.
  let launchTokenHash: [UInt8]?
  /// The GPU policy in RFC 8785's form. Only the empty one is accepted: GPUs are not attested here.
  let gpuPolicy = bytes("{}")

  /// No demands.
  init() {
    osVersion = nil
    platforms = nil
    measuresACPITables = nil
    launchTokenHash = nil
  }

  init(reading reader: inout JSONReader<[UInt8]>) throws(AgentError) {
    var osVersion = JSONMember<SemVerRange>("os_version", nullable: true)
    var platforms = JSONMember<[[UInt8]]>("platforms", nullable: true)
    var acpi = JSONMember<Bool>("tdx_measure_acpi_tables", nullable: true)
    var tokenHash = JSONMember<[UInt8]>("launch_token_hash", nullable: true)
    var gpuPolicy = JSONMember<Void>("gpu_policy")
    var members = try reader.enterObject()
    while let member = try reader.nextMember(&members) {
      if try osVersion.take(member, &reader, Self.range) { continue }
      if try platforms.take(member, &reader, JSONValue.texts) { continue }
      if try acpi.take(member, &reader, JSONValue.flag) { continue }
      if try tokenHash.take(member, &reader, Self.hash) { continue }
      if try gpuPolicy.take(member, &reader, Self.emptyPolicy) { continue }
      throw .invalid("has a member that this agent does not know")
    }
    self.osVersion = osVersion.value
    self.platforms = platforms.value
    measuresACPITables = acpi.value
    launchTokenHash = tokenHash.value
  }

  private static func range(_ reader: inout JSONReader<[UInt8]>) throws(AgentError) -> SemVerRange {
    guard let range = SemVerRange(try reader.string()) else { throw .invalid("is no range of versions") }
    return range
  }

  private static func hash(_ reader: inout JSONReader<[UInt8]>) throws(AgentError) -> [UInt8] {
    let hash = try JSONValue.hex(&reader)
    guard hash.count == 32 else { throw .invalid("is not 32 bytes") }
    return hash
  }

  private static func emptyPolicy(_ reader: inout JSONReader<[UInt8]>) throws(AgentError) {
    var members = try reader.enterObject()
    if try reader.nextMember(&members) != nil { throw .invalid("demands something of GPUs, which this agent does not attest") }
  }
}
