/// The members of `app-compose.json`, the measured description of the app, that the startup reads (docs/spec/app-compose.md).
/// Other members are for other programs. A value that is not understood is an error, because the app's owner relies on it. So is
/// any member given twice, because two readers could pick different ones.
final class AppCompose {
  /// The newest manifest version that is understood. It is also the first that may use features which older agents would ignore.
  private static let manifestLimit: UInt64 = 3
  private static let nerdctl: StaticString = "nerdctl-compose"

  /// The app's name, UTF-8.
  let name: [UInt8]
  /// At most `Limits.initScripts`, in the order in which they are measured.
  let initScripts: [[UInt8]]
  /// What anyone may see.
  let visibility: AppVisibility
  /// Where the app's keys come from.
  let keyProvider: ProviderKind
  /// The key provider that the app requires; empty if any will do.
  let keyProviderID: [UInt8]
  /// Names of the environment variables that the host may set.
  let allowedEnvs: [[UInt8]]
  /// Whether the instance has no identifier.
  let noInstanceID: Bool
  /// The file system that the app wants for its data; empty if it names none.
  let storageFS: [UInt8]
  /// How digests of events are formed.
  let eventLogVersion: RuntimeEvent.Version
  /// What the app demands of the machine.
  let requirements: Requirements

  /// As `init(_:isWholeMachine:)`; error texts name the file.
  convenience init(file text: [UInt8], isWholeMachine: Bool = false) throws(AgentError) {
    do throws(AgentError) { try self.init(text, isWholeMachine: isWholeMachine) } catch {
      throw error.during("app-compose.json")
    }
  }

  /// Parses the file's text. `isWholeMachine`: no operating system will honour the members that this agent does not.
  convenience init(_ text: [UInt8], isWholeMachine: Bool = false) throws(AgentError) {
    try self.init(JSONObject(text), isWholeMachine: isWholeMachine)
  }

  /// Throws `.invalid` for a member that is malformed, not understood or given twice; the text names it.
  init(_ object: JSONObject, isWholeMachine: Bool = false) throws(AgentError) {
    let version = Self.manifestVersion(object)
    name = object.text("name") ?? object.missing("name")
    let runner = object.text("runner") ?? object.missing("runner")
    initScripts = Self.scripts(object)
    visibility = AppVisibility(in: object)
    keyProvider = Self.provider(object)
    keyProviderID = object.hex("key_provider_id") ?? []
    allowedEnvs = object.texts("allowed_envs") ?? []
    noInstanceID = object.flag("no_instance_id") ?? false
    storageFS = object.text("storage_fs") ?? []
    let logVersion = RuntimeEvent.Version(rawValue: object.number("event_log_version") ?? 1)
    if logVersion == nil { object.fail("event_log_version", "is neither 1 nor 2") }
    eventLogVersion = logVersion ?? .one
    requirements = Requirements(in: object, runner: runner)
    Self.checkSnapshotter(object, runner: runner)
    Self.refuseVolumes(object)
    if version < Self.manifestLimit {
      if !requirements.areAbsent { object.fail("requirements", "need manifest_version \"3\"") }
      if runner.matches(Self.nerdctl) { object.fail("runner", "nerdctl-compose needs manifest_version \"3\"") }
      if initScripts.count > 1 { object.fail("init_script", "more than one needs manifest_version \"3\"") }
    }
    if isWholeMachine { Self.refuseDemands(object, runner: runner, hasScripts: !initScripts.isEmpty) }
    object.refuseRepeated()
    try object.finish()
  }

  /// Refuses members that the app relies on but nothing in this machine honours.
  private static func refuseDemands(_ object: JSONObject, runner: [UInt8], hasScripts: Bool) {
    let refusal: StaticString = "is not honoured by a machine without an operating system"
    if !runner.matches("none") { object.fail("runner", "must be none in a machine without an operating system") }
    if hasScripts { object.fail("init_script", refusal) }
    for flag in ["gateway_enabled", "tproxy_enabled", "secure_time"] as [StaticString] where object.flag(flag) ?? false {
      object.fail(flag, refusal)
    }
    for member in ["port_policy", "pre_launch_script", "swap_size"] as [StaticString] {
      let isEmpty = object.isNull(member) || object.isText(member) && (object.text(member) ?? []).isEmpty
      if object.has(member), !isEmpty { object.fail(member, refusal) }
    }
  }

  /// The number 1 or 2, or a decimal number up to 3 as text. Newer versions are text so that agents which expect a number refuse
  /// them. White space around the digits is ignored.
  private static func manifestVersion(_ object: JSONObject) -> UInt64 {
    let member: StaticString = "manifest_version"
    if object.isText(member) {
      let text = TextWords((object.text(member) ?? [])[...]).rest
      guard let number = parseDecimal(text), number > 0, text.first != UInt8(ascii: "0") else {
        object.fail(member, "is not a version")
        return 0
      }
      if number > manifestLimit { object.fail(member, "is newer than this agent") }
      return number
    }
    guard let number = object.number(member) else {
      _ = object.missing(member)
      return 0
    }
    if number != 1, number != 2 { object.fail(member, "is neither 1 nor 2; newer versions are text") }
    return number
  }

  /// `init_script`: one script, or an array of them.
  private static func scripts(_ object: JSONObject) -> [[UInt8]] {
    let member: StaticString = "init_script"
    if object.isText(member) { return [object.text(member) ?? []] }
    let scripts = object.texts(member) ?? []
    if scripts.count > Limits.initScripts { object.fail(member, "has more than 5 scripts") }
    return scripts
  }

  /// Checks `snapshotter`, where the runner `nerdctl-compose` keeps its layers. With another runner it would have no effect.
  private static func checkSnapshotter(_ object: JSONObject, runner: [UInt8]) {
    guard let snapshotter = object.text("snapshotter") else { return }
    if !snapshotter.matches("overlayfs"), !snapshotter.matches("stargz") {
      object.fail("snapshotter", "is neither overlayfs nor stargz")
    }
    if !runner.matches(nerdctl) { object.fail("snapshotter", "is for the runner nerdctl-compose only") }
  }

  /// Refuses `verity_volumes`: the app would rely on their content, and this agent mounts none.
  private static func refuseVolumes(_ object: JSONObject) {
    let member: StaticString = "verity_volumes"
    let hasVolumes = object.read(member) { (reader) throws(AgentError) in
      var volumes = try reader.enterArray()
      return try reader.nextElement(&volumes)
    }
    if hasVolumes ?? false { object.fail(member, "are not mounted by this agent") }
  }

  private static func provider(_ object: JSONObject) -> ProviderKind {
    // read both even if `key_provider` decides, so that a malformed one is an error
    let kms = object.flag("kms_enabled") ?? false
    let local = object.flag("local_key_provider_enabled") ?? false
    if let name = object.text("key_provider") { return ProviderKind(name: name, in: object) }
    return kms ? .kms : local ? .local : .none
  }
}
