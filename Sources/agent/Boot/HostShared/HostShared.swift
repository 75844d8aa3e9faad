/// The directory in which the host hands over what it wants started. The host is the adversary: its files are copied first, and only
/// the copies are used.
enum HostShared {
  /// The copies' directory, in the work directory.
  static let directory: StaticString = ".host-shared"

  private struct File {
    let name: StaticString
    let limit: Int
    let isNeeded: Bool
  }

  private static let files = [
    // first, because it says where the host is to be told of what is wrong with the others
    File(name: ".sys-config.json", limit: Limits.sysConfigFile, isNeeded: true),
    File(name: "app-compose.json", limit: Limits.composeFile, isNeeded: true),
    File(name: ".instance_info", limit: Limits.instanceInfo, isNeeded: false),
    File(name: ".encrypted-env", limit: Limits.encryptedEnv, isNeeded: false),
    File(name: ".user-config", limit: Limits.userConfig, isNeeded: false),
  ]

  /// Copies the files. What an earlier try has left and the host does not have is removed.
  static func copy(from source: HostFiles, to target: borrowing OpenDirectory) throws(AgentError) {
    for file in files {
      if let found = try source.open(file.name) {
        try target.replace(file.name, limit: file.limit) { () throws(AgentError) in try found.next() }
        continue
      }
      if file.isNeeded { throw AgentError.failed("is missing in the host-shared directory").during(file.name) }
      target.remove(file.name)
    }
  }

  static func compose(_ directory: borrowing OpenDirectory) throws(AgentError) -> [UInt8] {
    guard let text = try directory.read("app-compose.json", limit: Limits.composeFile) else {
      throw .failed("app-compose.json: is missing")
    }
    return text
  }

  static func sysConfig(_ directory: borrowing OpenDirectory) throws(AgentError) -> SysConfig {
    guard let text = try directory.read(".sys-config.json", limit: Limits.sysConfigFile) else {
      throw .failed(".sys-config.json: is missing")
    }
    do throws(AgentError) { return try SysConfig(text) } catch { throw error.during(".sys-config.json") }
  }

  static func instanceInfo(_ directory: borrowing OpenDirectory) throws(AgentError) -> InstanceInfo {
    guard let text = try directory.read(".instance_info", limit: Limits.instanceInfo) else { return InstanceInfo() }
    do throws(AgentError) { return try InstanceInfo(text) } catch { throw error.during(".instance_info") }
  }

  /// Nil if there is none.
  static func encryptedEnv(_ directory: borrowing OpenDirectory) throws(AgentError) -> [UInt8]? {
    try directory.read(".encrypted-env", limit: Limits.encryptedEnv)
  }

  /// Nil if there is none.
  static func userConfig(_ directory: borrowing OpenDirectory) throws(AgentError) -> [UInt8]? {
    try directory.read(".user-config", limit: Limits.userConfig)
  }
}
