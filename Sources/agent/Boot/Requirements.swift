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

  /// Whether app-compose has none.
  let areAbsent: Bool

  /// Those of app-compose, whose object that is; it keeps what is wrong with them.
  init(in compose: JSONObject) {
    let object = compose.object("requirements", foreign: "has a member that this agent does not know")
    areAbsent = object == nil
    platforms = object?.texts("platforms")
    measuresACPITables = object?.flag("tdx_measure_acpi_tables")
    launchTokenHash = object?.hex("launch_token_hash")
    let range = object?.text("os_version")
    osVersion = range.flatMap { SemVerRange($0) }
    if range != nil, osVersion == nil { object?.fail("os_version", "is no range of versions") }
    if let launchTokenHash, launchTokenHash.count != 32 { object?.fail("launch_token_hash", "is not 32 bytes") }
    _ = object?.object("gpu_policy", foreign: "demands something of GPUs, which this agent does not attest")
  }
}
