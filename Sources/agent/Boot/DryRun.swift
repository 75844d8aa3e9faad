/// The command `boot --dry-run`: prints what the startup would measure, as far as that is known in advance. It runs on any machine.
final class DryRun: StartupEvents {
  private let version: RuntimeEvent.Version
  private let out = ByteBuffer()
  private var register: [UInt8]? = RTMR.zero

  private init(_ version: RuntimeEvent.Version) { self.version = version }

  /// One line of JSON for each event, `{"event":…,"payload":hex,"digest":hex}`, and a last one, `{"rtmr3":hex}`. A value that is
  /// not known before the boot is null, with the reason in `unknown`; RTMR3 is null then too.
  static func report(_ directory: borrowing OpenDirectory, _ disk: DiskUse = .none) throws(AgentError) -> [UInt8] {
    let composeFile = try HostShared.compose(directory)
    let compose = try AppCompose(file: composeFile)
    // throws for a provider that the startup would refuse
    _ = try Provider.make(compose.keyProvider, kmsURLs: [])
    let values = LaunchValues(composeFile: composeFile, compose, try HostShared.instanceInfo(directory))
    return try report(
      compose, values, vmConfig: compose.keyProvider == .kms ? try HostShared.sysConfig(directory).vmConfig : [], disk)
  }

  /// With a KMS, the image hash comes from vm_config and the provider from app-compose. An `optional` disk is taken to be present.
  static func report(
    _ compose: AppCompose, _ values: LaunchValues, vmConfig: [UInt8], _ disk: DiskUse = .none
  ) throws(AgentError) -> [UInt8] {
    if disk != .none { try Checks.disk(disk, compose) }
    let run = DryRun(compose.eventLogVersion)
    try run.launch(values, instanceID: values.expectedInstanceID)
    if compose.keyProvider == .kms {
      let hash = try VMConfig.osImageHash(vmConfig)
      try run.emit(.osImageHash, hash.isEmpty ? nil : hash)
    }
    let isPinned = compose.keyProvider == .none || !compose.keyProviderID.isEmpty
    try run.keyProvider(compose.keyProvider, id: isPinned ? compose.keyProviderID : nil)
    if disk != .none { try run.storage() }
    try run.emit(.systemReady, [])
    run.line { json in write(run.register, to: json.name("rtmr3")) }
    return run.out.storage
  }

  override func emit(_ event: SystemEvent, _ payload: [UInt8]?) throws(AgentError) {
    var digest: [UInt8]?
    if let payload { digest = RuntimeEvent(name: bytes(event.name), payload: payload, version: version).digest }
    if let before = register, let digest { register = RTMR.extend(before, with: digest) } else { register = nil }
    line { json in
      json.string("event", bytes(event.name))
      Self.write(payload, to: json.name("payload"))
      Self.write(digest, to: json.name("digest"))
      if payload == nil { json.string("unknown", bytes(Self.reason(event))) }
    }
  }

  private func line(_ members: (JSONWriter) -> Void) {
    JSONWriter(out).object(members)
    out.append("\n")
  }

  private static func write(_ data: [UInt8]?, to json: JSONWriter) {
    if let data { json.hex(data) } else { json.null() }
  }

  private static func reason(_ event: SystemEvent) -> StaticString {
    switch event {
    case .instanceID: "random unless app-compose has no_instance_id, or a key provider and .instance_info has a seed"
    case .osImageHash: "given by the KMS; vm_config has no os_image_hash that predicts it"
    default: "app-compose does not pin the provider by key_provider_id"
    }
  }
}
