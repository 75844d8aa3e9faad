/// The files with which the host says what to start (docs/spec/host-shared.md). The host is the adversary and may change them at
/// any time, so they are copied once and only the copies are used.
enum HostShared {
  /// The directory of the copies, within the work directory.
  static let directory: StaticString = ".host-shared"

  private static let files: [(name: StaticString, limit: Int, isNeeded: Bool)] = [
    // first, because it has the address for reporting an error in the others
    (".sys-config.json", Limits.sysConfigFile, true),
    ("app-compose.json", Limits.composeFile, true),
    (".instance_info", Limits.instanceInfo, false),
    (".encrypted-env", Limits.encryptedEnv, false),
    (".user-config", Limits.userConfig, false),
  ]

  /// Copies the files. A copy that an earlier attempt left is removed if the host has no such file now. Throws `.failed` for a
  /// file that is needed but missing, not regular, or larger than its limit.
  static func copy(from source: HostFiles, to target: borrowing OpenDirectory) throws(AgentError) {
    for file in files {
      if let found = try source.open(file.name) {
        try target.replace(file.name, limit: file.limit, with: found)
        continue
      }
      if file.isNeeded { throw AgentError.failed("is missing from the host-shared directory").during(file.name) }
      target.remove(file.name)
    }
  }

  /// The copy of app-compose.json. Throws `.failed` if it is missing.
  static func compose(_ directory: borrowing OpenDirectory) throws(AgentError) -> [UInt8] {
    try needed("app-compose.json", Limits.composeFile, in: directory)
  }

  /// The copy of `.sys-config.json`. Throws if it is missing or malformed.
  @inline(never)
  static func sysConfig(_ directory: borrowing OpenDirectory) throws(AgentError) -> SysConfig {
    let text = try needed(".sys-config.json", Limits.sysConfigFile, in: directory)
    return try AgentError.during(".sys-config.json", try SysConfig(text))
  }

  /// The copy of `.instance_info`; empty values if there is none. Throws if it is malformed.
  static func instanceInfo(_ directory: borrowing OpenDirectory) throws(AgentError) -> InstanceInfo {
    guard let text = try directory.read(".instance_info", limit: Limits.instanceInfo) else { return InstanceInfo() }
    return try AgentError.during(".instance_info", try InstanceInfo(text))
  }

  /// The copy of `.encrypted-env`; nil if there is none.
  static func encryptedEnv(_ directory: borrowing OpenDirectory) throws(AgentError) -> [UInt8]? {
    try directory.read(".encrypted-env", limit: Limits.encryptedEnv)
  }

  /// The copy of `.user-config`; nil if there is none.
  static func userConfig(_ directory: borrowing OpenDirectory) throws(AgentError) -> [UInt8]? {
    try directory.read(".user-config", limit: Limits.userConfig)
  }

  private static func needed(
    _ name: StaticString, _ limit: Int, in directory: borrowing OpenDirectory
  ) throws(AgentError) -> [UInt8] {
    guard let text = try directory.read(name, limit: limit) else { throw AgentError.failed("is missing").during(name) }
    return text
  }
}
