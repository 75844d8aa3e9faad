/// What an app demands of the machine it starts on (app-compose's `requirements`). An unknown member is an error: it may be a demand
/// that is not met.
final class Requirements {
  /// Nil if every version will do.
  let osVersion: SemVerRange?
  /// Nil if every platform will do.
  let platforms: [[UInt8]]?
  /// Whether the ACPI tables must be part of what verifiers recompute, or must not; nil if both will do.
  let measuresACPITables: Bool?
  /// 32 bytes; nil if no launch token is needed.
  let launchTokenHash: [UInt8]?
  let gpuPolicy: GPUPolicy
  /// Whether app-compose has none.
  let areAbsent: Bool

  /// Those of app-compose, whose object that is; it keeps what is wrong with them. `runner` is what is to start the app.
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

  /// An app that wants its health asked for must have what that is read from: a file, or containers of an engine that is asked here.
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
