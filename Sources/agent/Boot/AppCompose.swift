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
    var manifest = JSONMember<UInt64>("manifest_version")
    var name = JSONMember<[UInt8]>("name")
    var initScripts = JSONMember<[[UInt8]]>("init_script", nullable: true)
    var publicLogs = JSONMember<Bool>("public_logs")
    var publicSysinfo = JSONMember<Bool>("public_sysinfo")
    var publicTCBInfo = JSONMember<Bool>("public_tcbinfo")
    var keyProvider = JSONMember<ProviderKind>("key_provider", nullable: true)
    var kms = JSONMember<Bool>("kms_enabled")
    var localProvider = JSONMember<Bool>("local_key_provider_enabled")
    var keyProviderID = JSONMember<[UInt8]>("key_provider_id")
    var allowedEnvs = JSONMember<[[UInt8]]>("allowed_envs")
    var noInstanceID = JSONMember<Bool>("no_instance_id")
    var storageFS = JSONMember<[UInt8]>("storage_fs", nullable: true)
    var eventLogVersion = JSONMember<RuntimeEvent.Version>("event_log_version")
    var requirements = JSONMember<Requirements>("requirements", nullable: true)

    var reader = JSONReader(text)
    var members = try reader.enterObject()
    while let member = try reader.nextMember(&members) {
      if try manifest.take(member, &reader, Self.manifestVersion) { continue }
      if try name.take(member, &reader, JSONValue.text) { continue }
      if try initScripts.take(member, &reader, Self.scripts) { continue }
      if try publicLogs.take(member, &reader, JSONValue.flag) { continue }
      if try publicSysinfo.take(member, &reader, JSONValue.flag) { continue }
      if try publicTCBInfo.take(member, &reader, JSONValue.flag) { continue }
      if try keyProvider.take(member, &reader, Self.provider) { continue }
      if try kms.take(member, &reader, JSONValue.flag) { continue }
      if try localProvider.take(member, &reader, JSONValue.flag) { continue }
      if try keyProviderID.take(member, &reader, JSONValue.hex) { continue }
      if try allowedEnvs.take(member, &reader, JSONValue.texts) { continue }
      if try noInstanceID.take(member, &reader, JSONValue.flag) { continue }
      if try storageFS.take(member, &reader, JSONValue.text) { continue }
      if try eventLogVersion.take(member, &reader, Self.logVersion) { continue }
      if try requirements.take(member, &reader, Requirements.init(reading:)) { continue }
      try reader.skip()
    }
    try reader.end()

    let version = try manifest.required()
    if requirements.value != nil, version < 3 { throw .invalid("requirements: need manifest_version \"3\"") }
    self.name = try name.required()
    self.initScripts = initScripts.value ?? []
    self.publicLogs = publicLogs.value ?? false
    self.publicSysinfo = publicSysinfo.value ?? false
    self.publicTCBInfo = publicTCBInfo.value ?? true
    self.keyProvider = keyProvider.value ?? (kms.value ?? false ? .kms : localProvider.value ?? false ? .local : .none)
    self.keyProviderID = keyProviderID.value ?? []
    self.allowedEnvs = allowedEnvs.value ?? []
    self.noInstanceID = noInstanceID.value ?? false
    self.storageFS = storageFS.value ?? []
    self.eventLogVersion = eventLogVersion.value ?? .one
    self.requirements = requirements.value ?? Requirements()
  }

  /// The number 1 or 2, or the digits of a number up to 3 as text: agents that know numbers only are to fail on what is newer.
  private static func manifestVersion(_ reader: inout JSONReader<[UInt8]>) throws(AgentError) -> UInt64 {
    if reader.peek() != UInt8(ascii: "\"") {
      let number = try reader.unsigned()
      guard number == 1 || number == 2 else { throw .invalid("is neither 1 nor 2; newer versions are text") }
      return number
    }
    let text = try reader.string()
    guard let number = parseDecimal(text), number > 0, text[0] != UInt8(ascii: "0") else { throw .invalid("is no version") }
    guard number <= manifestLimit else { throw .invalid("is newer than this agent") }
    return number
  }

  /// A script, or an array of them.
  private static func scripts(_ reader: inout JSONReader<[UInt8]>) throws(AgentError) -> [[UInt8]] {
    if reader.peek() == UInt8(ascii: "\"") { return [try reader.string()] }
    let scripts = try JSONValue.texts(&reader)
    guard scripts.count <= Limits.initScripts else { throw .invalid("has more than 5 scripts") }
    return scripts
  }

  private static func provider(_ reader: inout JSONReader<[UInt8]>) throws(AgentError) -> ProviderKind {
    try ProviderKind.parse(reader.string())
  }

  private static func logVersion(_ reader: inout JSONReader<[UInt8]>) throws(AgentError) -> RuntimeEvent.Version {
    guard let version = UInt8(exactly: try reader.unsigned()).flatMap({ RuntimeEvent.Version(rawValue: $0) }) else {
      throw .invalid("is neither 1 nor 2")
    }
    return version
  }
}
