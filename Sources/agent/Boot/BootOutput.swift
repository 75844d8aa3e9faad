/// Writes the files that the startup leaves for the agent and for the app (docs/spec/boot.md).
struct BootOutput {
  private static let keysFile: StaticString = ".appkeys.json"
  private static let envFile: StaticString = ".decrypted-env"
  private static let envJSONFile: StaticString = ".decrypted-env.json"
  private static let configFile: StaticString = "agent.json"

  /// An absolute path.
  let workDirectory: [UInt8]
  /// Whether apps may extend RTMR3.
  let emitsEvents: Bool
  /// The image's own settings, which go into the agent's configuration.
  var image = ImageSettings()

  /// Writes each file atomically. `directory` holds the copies of the host's files. Throws if the CA's key and certificate do not match.
  @inline(never)
  func write(
    _ directory: borrowing OpenDirectory, _ keys: AppKeys, _ env: DecryptedEnv, hasDataDisk: Bool
  ) throws(AgentError) {
    // the agent would find out too, but only after `system-ready` was measured
    try LocalAuthority(of: keys).check()
    try directory.replace(Self.keysFile, with: keys.text().storage)
    try directory.replace(Self.envFile, with: env.text.storage)
    try directory.replace(Self.envJSONFile, with: env.json.storage)
    let work = try Errno.explain("the work directory cannot be opened", try OpenDirectory(workDirectory))
    try work.replace(Self.configFile, with: config(hasDataDisk))
    link("app-compose.json", as: "app-compose.json")
    link(".user-config", as: "user_config")
  }

  /// Links a copy to where upstream's startup also puts it.
  private func link(_ copy: StaticString, as name: StaticString) {
    if Files.exists(path(copy)) {
      Files.link(bytes(HostShared.directory) + "/" + bytes(copy), at: workDirectory + "/" + bytes(name))
    }
  }

  /// Removes the keys and the decrypted environment.
  func removeSecrets(_ directory: borrowing OpenDirectory) {
    for name in [Self.keysFile, Self.envFile, Self.envJSONFile] { directory.remove(name) }
  }

  /// The agent's configuration. Only what may differ from the defaults: the disks, the image's settings, the work directory.
  private func config(_ hasDataDisk: Bool) -> [UInt8] {
    JSONWriter.document { json in
      json.name("default").object { json in
        json.name("core").object { json in
          json.name("data_disks").array { json in
            json.string("/")
            if hasDataDisk { json.string(DataDisk.mountPoint) }
          }
          if !emitsEvents || !image.emitsEvents { json.bool("emit_event", false) }
          if workDirectory == BootOptions().workDirectory { return }
          json.string("keys_file", path(Self.keysFile))
          json.string("compose_file", path("app-compose.json"))
          json.string("sys_config_file", path(".sys-config.json"))
        }
      }
      image.write(to: json)
    }.storage
  }

  /// The path of the app keys file.
  var keysPath: [UInt8] { path(Self.keysFile) }

  @inline(never)
  private func path(_ file: StaticString) -> [UInt8] {
    workDirectory + "/" + bytes(HostShared.directory) + "/" + bytes(file)
  }
}
