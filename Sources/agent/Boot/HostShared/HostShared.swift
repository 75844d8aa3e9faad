/// The directory in which the host hands over what it wants started. The host is the adversary: its files are copied first, and only
/// the copies are used.
enum HostShared {
  /// The copies' directory, in the work directory.
  static let directory: StaticString = ".host-shared"

  private static let files: [(name: StaticString, limit: Int, isNeeded: Bool)] = [
    // first, because it says where the host is to be told of what is wrong with the others
    (".sys-config.json", Limits.sysConfigFile, true),
    ("app-compose.json", Limits.composeFile, true),
    (".instance_info", Limits.instanceInfo, false),
    (".encrypted-env", Limits.encryptedEnv, false),
    (".user-config", Limits.userConfig, false),
  ]

  /// Copies the files. What an earlier try has left and the host does not have is removed.
  static func copy(from source: HostFiles, to target: borrowing OpenDirectory) throws(AgentError) {
    for file in files {
      if let found = try source.open(file.name) {
        try target.replace(file.name, limit: file.limit, with: found)
        continue
      }
      if file.isNeeded { throw AgentError.failed("is missing in the host-shared directory").during(file.name) }
      target.remove(file.name)
    }
  }

  static func compose(_ directory: borrowing OpenDirectory) throws(AgentError) -> [UInt8] {
    try needed("app-compose.json", Limits.composeFile, in: directory)
  }

  @inline(never)
  static func sysConfig(_ directory: borrowing OpenDirectory) throws(AgentError) -> SysConfig {
    let text = try needed(".sys-config.json", Limits.sysConfigFile, in: directory)
    return try AgentError.during(".sys-config.json", try SysConfig(text))
  }

  static func instanceInfo(_ directory: borrowing OpenDirectory) throws(AgentError) -> InstanceInfo {
    guard let text = try directory.read(".instance_info", limit: Limits.instanceInfo) else { return InstanceInfo() }
    return try AgentError.during(".instance_info", try InstanceInfo(text))
  }

  /// Nil if there is none.
  static func encryptedEnv(_ directory: borrowing OpenDirectory) throws(AgentError) -> [UInt8]? {
    try directory.read(".encrypted-env", limit: Limits.encryptedEnv)
  }

  /// Nil if there is none.
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
