/// What identifies the application and the system it runs on, from the registers and the runtime events.
struct AppInfo {
  // Payloads of system events; empty if there was no such event.
  let appID: [UInt8]
  let composeHash: [UInt8]
  let instanceID: [UInt8]
  let keyProvider: [UInt8]
  /// SHA-256 of each init script.
  let initScriptHashes: [[UInt8]]
  /// What vm_config says.
  let osImageHash: [UInt8]
  /// SHA-256 of nothing: a guest cannot learn its platform's PPID.
  let deviceID: [UInt8]
  /// SHA-256 of what the system is made of, and of that with RTMR3 and the host's declarations.
  let mrSystem: [UInt8]
  let mrAggregated: [UInt8]
  /// What the events make of RTMR3.
  let replayed: [UInt8]

  /// `events` are all of the log: system values are looked for before `system-ready`, RTMR3 is replayed to the end.
  init(registers: Registers, events: [RuntimeEvent], osImageHash: [UInt8]) {
    let ready = events.firstIndex { $0.name.matches(SystemEvent.systemReady.name) } ?? events.count
    let system = events[..<ready]
    func payload(_ event: SystemEvent) -> [UInt8] { system.first { $0.name.matches(event.name) }?.payload ?? [] }
    appID = payload(.appID)
    composeHash = payload(.composeHash)
    instanceID = payload(.instanceID)
    keyProvider = payload(.keyProvider)
    initScriptHashes = system.filter { $0.name.matches(SystemEvent.initScriptHash.name) }.map { $0.payload }
    self.osImageHash = osImageHash
    deviceID = Hash.sha256([])
    let provider = keyProvider.isEmpty ? [UInt8](repeating: 0, count: 32) : Hash.sha256(keyProvider)
    let image = registers.mrtd + registers.rtmr0 + registers.rtmr1 + registers.rtmr2
    mrSystem = Hash.sha256(image + provider)
    let declared = registers.configID + registers.owner + registers.ownerConfig
    replayed = RTMR.replay(events)
    let all = image + replayed
    mrAggregated = Hash.sha256(declared.allSatisfy { $0 == 0 } ? all : all + declared)
  }

  /// Info's tcb_info: a JSON object. RTMR3 is the register's value, so that a log which does not reproduce it shows; where that was
  /// found (`isMismatched`), a member of our own says so.
  func tcbInfo(_ registers: Registers, _ log: EventLog, composeFile: [UInt8], isMismatched: Bool = false) -> [UInt8] {
    JSONWriter.document { json in
      json.name("mrtd").hex(registers.mrtd)
      json.name("rtmr0").hex(registers.rtmr0)
      json.name("rtmr1").hex(registers.rtmr1)
      json.name("rtmr2").hex(registers.rtmr2)
      json.name("rtmr3").hex(registers.rtmr3)
      json.name("mr_aggregated").hex(mrAggregated)
      json.name("os_image_hash").hex(osImageHash)
      json.name("compose_hash").hex(composeHash)
      json.name("device_id").hex(deviceID)
      log.write(to: json.name("event_log"))
      json.name("app_compose").string(composeFile)
      if isMismatched { json.name("event_log_mismatch").bool(true) }
    }.take()
  }

  /// The content of the certificate extension …62397.1.9: a map in the order of release 0.6. (Up to 0.5.11 it was an array of the first
  /// eight values; readers take both.)
  var certificateExtension: [UInt8] {
    let pack = MessagePackWriter(ByteBuffer())
    pack.map(9)
    pack.text("app_id").binary(appID)
    pack.text("compose_hash").binary(composeHash)
    pack.text("instance_id").binary(instanceID)
    pack.text("device_id").binary(deviceID)
    pack.text("mr_system").binary(mrSystem)
    pack.text("mr_aggregated").binary(mrAggregated)
    pack.text("os_image_hash").binary(osImageHash)
    pack.text("key_provider_info").binary(keyProvider)
    pack.text("init_script_hashes").array(initScriptHashes.count)
    for hash in initScriptHashes { pack.binary(hash) }
    return pack.out.take()
  }
}
