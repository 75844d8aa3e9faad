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

  /// Those of app-compose, whose object that is.
  init(in compose: JSONObject) throws(AgentError) {
    let known: [StaticString] = ["os_version", "platforms", "tdx_measure_acpi_tables", "launch_token_hash", "gpu_policy"]
    let object = try compose.object("requirements", orNull: true, isClosed: true, known: known)
    areAbsent = object == nil
    do throws(AgentError) {
      osVersion = try Self.range(object)
      platforms = try object?.texts("platforms", orNull: true)
      measuresACPITables = try object?.flag("tdx_measure_acpi_tables", orNull: true)
      launchTokenHash = try object?.hex("launch_token_hash", orNull: true)
      guard launchTokenHash?.count ?? 32 == 32 else { throw .invalid("launch_token_hash: is not 32 bytes") }
      if let object { try Self.checkPolicy(object) }
    } catch {
      throw error.during("requirements")
    }
  }

  private static func range(_ object: JSONObject?) throws(AgentError) -> SemVerRange? {
    guard let text = try object?.text("os_version", orNull: true) else { return nil }
    guard let range = SemVerRange(text) else { throw .invalid("os_version: is no range of versions") }
    return range
  }

  private static func checkPolicy(_ object: JSONObject) throws(AgentError) {
    do throws(AgentError) {
      _ = try object.object("gpu_policy", isClosed: true, known: [])
    } catch {
      throw .invalid("gpu_policy: demands something of GPUs, which this agent does not attest")
    }
  }
}
