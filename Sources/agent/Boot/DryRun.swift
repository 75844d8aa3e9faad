/// The command `boot --dry-run`: what the startup would measure, as far as that is known beforehand. It runs anywhere.
enum DryRun {
  /// A line of JSON for each event, `{"event":…,"payload":hex,"digest":hex}`, and one for all, `{"rtmr3":hex}`. What is not known before
  /// the boot is null, with the reason in `unknown`; so is RTMR3 then.
  static func report(_ directory: borrowing OpenDirectory) throws(AgentError) -> [UInt8] {
    let composeFile = try HostShared.compose(directory)
    let compose = try AppCompose(file: composeFile)
    // what the startup would refuse
    _ = try Provider.make(compose.keyProvider)
    let values = LaunchValues(composeFile: composeFile, compose, try HostShared.instanceInfo(directory))
    let vmConfig = compose.keyProvider == .kms ? try HostShared.sysConfig(directory).vmConfig : []
    return lines(try measurements(compose, values, vmConfig: vmConfig), compose.eventLogVersion)
  }

  /// With a KMS, the image and the provider are those that vm_config and app-compose name.
  static func measurements(
    _ compose: AppCompose, _ values: LaunchValues, vmConfig: [UInt8]
  ) throws(AgentError) -> [Measurement] {
    var instanceID = values.givenSeed.map { values.instanceID(seed: $0) }
    if values.noInstanceID { instanceID = [] }
    var measurements = Measurements.launch(values, instanceID: instanceID)
    var providerID: [UInt8]? = []
    if compose.keyProvider == .kms {
      let hash = vmConfig.isEmpty ? [] : try VMConfig.osImageHash(vmConfig)
      measurements.append(Measurement(event: .osImageHash, payload: hash.isEmpty ? nil : hash))
    }
    if compose.keyProvider != .none { providerID = compose.keyProviderID.isEmpty ? nil : compose.keyProviderID }
    return measurements + [Measurements.keyProvider(compose.keyProvider, id: providerID), Measurements.ready]
  }

  static func lines(_ measurements: [Measurement], _ version: RuntimeEvent.Version) -> [UInt8] {
    let out = ByteBuffer()
    var register: [UInt8]? = RTMR.zero
    for measurement in measurements {
      let event = measurement.payload.map {
        RuntimeEvent(name: bytes(measurement.event.name), payload: $0, version: version)
      }
      register = register.flatMap { before in event.map { RTMR.extend(before, with: $0.digest) } }
      var json = JSONWriter(out)
      json.object { json in
        json.name("event")
        json.string(measurement.event.name)
        json.name("payload")
        write(event?.payload, to: &json)
        json.name("digest")
        write(event?.digest, to: &json)
        guard event == nil else { return }
        json.name("unknown")
        json.string(reason(measurement.event))
      }
      out.append(UInt8(ascii: "\n"))
    }
    var json = JSONWriter(out)
    json.object { json in
      json.name("rtmr3")
      write(register, to: &json)
    }
    out.append(UInt8(ascii: "\n"))
    return out.storage
  }

  private static func write(_ data: [UInt8]?, to json: inout JSONWriter) {
    if let data { json.hex(data) } else { json.null() }
  }

  private static func reason(_ event: SystemEvent) -> StaticString {
    switch event {
    case .instanceID: "made of random bytes unless app-compose has no_instance_id, or a key provider and .instance_info a seed"
    case .osImageHash: "given by the KMS; vm_config has no os_image_hash to expect"
    default: "app-compose does not pin the provider by key_provider_id"
    }
  }
}
