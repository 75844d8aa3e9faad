/// What an app demands of its machine (app-compose's `requirements`). An unknown member is an error, because it may be a demand
/// that this agent does not check.
final class Requirements {
  /// Nil if every version will do.
  let osVersion: SemVerRange?
  /// Nil if every platform will do.
  let platforms: [[UInt8]]?
  /// Whether the ACPI tables must be measured (`tdx_attestation_variant` `legacy`) or must not (`lite`); nil if either will do.
  let measuresACPITables: Bool?
  /// SHA-256 of the launch token with its prefix, 32 bytes; nil if no token is needed.
  let launchTokenHash: [UInt8]?
  /// What the app demands of GPUs.
  let gpuPolicy: GPUPolicy
  /// Whether app-compose has no `requirements`.
  let areAbsent: Bool

  /// Reads the member of app-compose, whose object keeps the errors. `runner` is the program that starts the app.
  init(in compose: JSONObject, runner: [UInt8]) {
    let object = compose.object("requirements", foreign: JSONObject.unknownMember)
    areAbsent = object == nil
    platforms = object?.texts("platforms")
    if let platforms, platforms.isEmpty { object?.fail("platforms", "is empty") }
    for name in platforms ?? [] where !Platform.isKnown(name) {
      object?.fail("platforms", "names an unknown platform")
    }
    measuresACPITables = object?.flag("tdx_measure_acpi_tables")
    launchTokenHash = object?.hex("launch_token_hash")
    let range = object?.text("os_version")
    osVersion = range.flatMap { SemVerRange($0) }
    if range != nil, osVersion == nil { object?.fail("os_version", "is not a version range") }
    if let launchTokenHash, launchTokenHash.count != 32 { object?.fail("launch_token_hash", "is not 32 bytes") }
    gpuPolicy = GPUPolicy(in: object)
    if let object { Self.checkHealth(object, runner: runner) }
  }

  /// Checks that an app with a health check has something to judge it by: a file, or containers of an engine that this agent can ask.
  private static func checkHealth(_ object: JSONObject, runner: [UInt8]) {
    let isWanted = object.flag("health_check") ?? false
    let file = object.text("health_status_file")
    guard isWanted else { return }
    if let file {
      if file.first != UInt8(ascii: "/") { object.fail("health_status_file", "must be an absolute path") }
    } else if runner.matches("nerdctl-compose") {
      object.fail("health_check", "needs health_status_file with the runner nerdctl-compose: this agent runs no nerdctl")
    } else if !runner.matches("docker-compose") {
      object.fail("health_check", "needs health_status_file with a runner other than docker-compose")
    }
  }
}
