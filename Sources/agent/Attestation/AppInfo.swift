/// What identifies the application and the system it runs on, from the registers and the runtime events.
struct AppInfo {
  // Payloads of system events; empty if there was no such event.
  let appID: [UInt8]
  let composeHash: [UInt8]
  let instanceID: [UInt8]
  let keyProvider: [UInt8]
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
    self.osImageHash = osImageHash
    deviceID = Hash.sha256([])
    let provider = keyProvider.isEmpty ? [UInt8](repeating: 0, count: 32) : Hash.sha256(keyProvider)
    let image = Self.joined([registers.mrtd, registers.rtmr0, registers.rtmr1, registers.rtmr2])
    mrSystem = Hash.sha256(image + provider)
    let declared = Self.joined([registers.configID, registers.owner, registers.ownerConfig])
    replayed = RTMR.replay(events)
    let all = image + replayed
    mrAggregated = Hash.sha256(declared.allSatisfy { $0 == 0 } ? all : all + declared)
  }

  private static func joined(_ registers: [[UInt8]]) -> [UInt8] {
    var out: [UInt8] = []
    for register in registers { out += register }
    return out
  }

  /// Info's tcb_info: a JSON object. RTMR3 is the register's value, so that a log which does not reproduce it shows; where that was
  /// found (`isMismatched`), a member of our own says so.
  func writeTCBInfo(
    to json: inout JSONWriter, registers: Registers, log: EventLog, composeFile: [UInt8], isMismatched: Bool = false
  ) {
    json.object { json in
      json.hex("mrtd", registers.mrtd)
      json.hex("rtmr0", registers.rtmr0)
      json.hex("rtmr1", registers.rtmr1)
      json.hex("rtmr2", registers.rtmr2)
      json.hex("rtmr3", registers.rtmr3)
      json.hex("mr_aggregated", mrAggregated)
      json.hex("os_image_hash", osImageHash)
      json.hex("compose_hash", composeHash)
      json.hex("device_id", deviceID)
      json.name("event_log")
      log.write(to: &json)
      json.string("app_compose", composeFile)
      if isMismatched {
        json.name("event_log_mismatch")
        json.bool(true)
      }
    }
  }

  /// The content of the certificate extension …62397.1.9: an array without names, in the order that readers count on.
  func write(to pack: MessagePackWriter) {
    pack.array(8)
    for value in [appID, composeHash, instanceID, deviceID, mrSystem, mrAggregated, osImageHash, keyProvider] {
      pack.binary(value)
    }
  }
}
