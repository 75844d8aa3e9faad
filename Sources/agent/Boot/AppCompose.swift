/// What the agent reads of `app-compose.json`, the description of the app that is measured. Members that are not named here are for
/// others; a value that is not understood is an error, because the app's owner relies on what it says.
struct AppCompose {
  /// The newest manifest that is understood.
  private static let manifestLimit: UInt64 = 3

  /// UTF-8.
  let name: [UInt8]
  /// At most `Limits.initScripts`, in the order in which they are measured.
  let initScripts: [[UInt8]]
  let publicLogs: Bool
  let publicSysinfo: Bool
  let publicTCBInfo: Bool
  let keyProvider: ProviderKind
  /// The provider that the app insists on; empty if any will do.
  let keyProviderID: [UInt8]
  /// Names of the environment variables that the host may set.
  let allowedEnvs: [[UInt8]]
  let noInstanceID: Bool
  /// The file system that the app wants for its data; empty if it names none.
  let storageFS: [UInt8]
  let eventLogVersion: RuntimeEvent.Version
  let requirements: Requirements

  /// As `init(_:)`; the error's text names the file.
  init(file text: [UInt8]) throws(AgentError) {
    do throws(AgentError) { self = try AppCompose(text) } catch { throw error.during("app-compose.json") }
  }

  /// Parses the file's text. Throws `.invalid` for what is malformed, not understood or given twice; the text names the member.
  init(_ text: [UInt8]) throws(AgentError) {
    let object = try JSONObject(
      text,
      known: [
        "manifest_version", "name", "init_script", "public_logs", "public_sysinfo", "public_tcbinfo", "key_provider",
        "kms_enabled", "local_key_provider_enabled", "key_provider_id", "allowed_envs", "no_instance_id", "storage_fs",
        "event_log_version", "requirements",
      ])
    let version = try Self.manifestVersion(object)
    guard let name = try object.text("name") else { throw JSONObject.missing("name") }
    self.name = name
    initScripts = try Self.scripts(object)
    publicLogs = try object.flag("public_logs") ?? false
    publicSysinfo = try object.flag("public_sysinfo") ?? false
    publicTCBInfo = try object.flag("public_tcbinfo") ?? true
    keyProvider = try Self.provider(object)
    keyProviderID = try object.hex("key_provider_id") ?? []
    allowedEnvs = try object.texts("allowed_envs") ?? []
    noInstanceID = try object.flag("no_instance_id") ?? false
    storageFS = try object.text("storage_fs", orNull: true) ?? []
    eventLogVersion = try Self.logVersion(object)
    requirements = try Requirements(in: object)
    if !requirements.areAbsent, version < 3 { throw .invalid("requirements: need manifest_version \"3\"") }
  }

  /// The number 1 or 2, or the digits of a number up to 3 as text: agents that know numbers only are to fail on what is newer.
  private static func manifestVersion(_ object: JSONObject) throws(AgentError) -> UInt64 {
    guard let kind = try object.kind("manifest_version") else { throw JSONObject.missing("manifest_version") }
    if kind == UInt8(ascii: "\"") {
      let text = try object.text("manifest_version") ?? []
      guard let number = parseDecimal(text), number > 0, text[0] != UInt8(ascii: "0") else {
        throw .invalid("manifest_version: is no version")
      }
      guard number <= manifestLimit else { throw .invalid("manifest_version: is newer than this agent") }
      return number
    }
    let number = try object.number("manifest_version")
    guard number == 1 || number == 2 else { throw .invalid("manifest_version: is neither 1 nor 2; newer versions are text") }
    return number ?? 0
  }

  /// A script, or an array of them.
  private static func scripts(_ object: JSONObject) throws(AgentError) -> [[UInt8]] {
    if try object.kind("init_script") == UInt8(ascii: "\"") { return [try object.text("init_script") ?? []] }
    let scripts = try object.texts("init_script", orNull: true) ?? []
    guard scripts.count <= Limits.initScripts else { throw .invalid("init_script: has more than 5 scripts") }
    return scripts
  }

  private static func provider(_ object: JSONObject) throws(AgentError) -> ProviderKind {
    // both are read whatever the other says: they may be malformed
    let kms = try object.flag("kms_enabled") ?? false
    let local = try object.flag("local_key_provider_enabled") ?? false
    guard let name = try object.text("key_provider", orNull: true) else { return kms ? .kms : local ? .local : .none }
    return try ProviderKind(name: name)
  }

  private static func logVersion(_ object: JSONObject) throws(AgentError) -> RuntimeEvent.Version {
    let number = try object.number("event_log_version") ?? 1
    guard let version = UInt8(exactly: number).flatMap({ RuntimeEvent.Version(rawValue: $0) }) else {
      throw .invalid("event_log_version: is neither 1 nor 2")
    }
    return version
  }
}
