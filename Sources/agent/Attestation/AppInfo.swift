/// What the startup's events say about the application: those before `system-ready`.
final class AppIdentity {
  /// Payloads of the events; empty if there is no such event.
  private(set) var appID: [UInt8] = []
  private(set) var composeHash: [UInt8] = []
  private(set) var instanceID: [UInt8] = []
  private(set) var keyProvider: [UInt8] = []
  /// SHA-256 of each init script.
  private(set) var initScriptHashes: [[UInt8]] = []
  /// Whether `system-ready` has been seen.
  private(set) var isReady = false
  /// A bit for each event of which only the first counts and which has been seen.
  private var seen = 0

  /// Before the first event.
  init() {}

  /// The public part of an identity.
  init(appID: [UInt8], composeHash: [UInt8], instanceID: [UInt8], keyProvider: [UInt8]) {
    (self.appID, self.composeHash, self.instanceID, self.keyProvider) = (appID, composeHash, instanceID, keyProvider)
  }

  /// Takes the next event.
  func take(_ event: RuntimeEvent) {
    if isReady { return }
    func isFirst(_ kind: SystemEvent, _ bit: Int) -> Bool {
      guard seen & bit == 0, event.name.matches(kind.name) else { return false }
      seen |= bit
      return true
    }
    if isFirst(.appID, 1) {
      appID = event.payload
    } else if isFirst(.composeHash, 2) {
      composeHash = event.payload
    } else if isFirst(.instanceID, 4) {
      instanceID = event.payload
    } else if isFirst(.keyProvider, 8) {
      keyProvider = event.payload
    } else if event.name.matches(SystemEvent.initScriptHash.name) {
      initScriptHashes.append(event.payload)
    } else {
      isReady = event.name.matches(SystemEvent.systemReady.name)
    }
  }
}

/// What identifies the application and the system it runs on, from the registers and the runtime events.
final class AppInfo {
  let identity: AppIdentity
  /// From vm_config.
  let osImageHash: [UInt8]
  /// SHA-256 of the empty string: a guest cannot learn its platform's PPID.
  let deviceID: [UInt8]
  /// SHA-256 over MRTD, RTMR0 to 2 and the key provider's hash; and over MRTD, RTMR0 to 3 and what the host declared.
  let mrSystem: [UInt8]
  let mrAggregated: [UInt8]
  /// RTMR3 as computed from the events.
  let replayed: [UInt8]

  /// From the registers, and the events read so far.
  init(registers: Registers, history: RuntimeEventHistory, osImageHash: [UInt8]) {
    identity = history.identity
    self.osImageHash = osImageHash
    deviceID = Hash.sha256([])
    let keyProvider = identity.keyProvider
    let provider = keyProvider.isEmpty ? [UInt8](repeating: 0, count: 32) : Hash.sha256(keyProvider)
    let image = registers.mrtd + registers.rtmr0 + registers.rtmr1 + registers.rtmr2
    mrSystem = Hash.sha256(image + provider)
    let declared = registers.configID + registers.owner + registers.ownerConfig
    replayed = history.events.register
    let all = image + replayed
    mrAggregated = Hash.sha256(declared.allSatisfy { $0 == 0 } ? all : all + declared)
  }

  var appID: [UInt8] { identity.appID }
  var composeHash: [UInt8] { identity.composeHash }
  var instanceID: [UInt8] { identity.instanceID }
  var keyProvider: [UInt8] { identity.keyProvider }

  /// The public part of the information.
  init(identity: AppIdentity, osImageHash: [UInt8], deviceID: [UInt8], mrAggregated: [UInt8]) {
    (self.identity, self.osImageHash, self.deviceID, self.mrAggregated) = (identity, osImageHash, deviceID, mrAggregated)
    (mrSystem, replayed) = ([], [])
  }

  /// Info's tcb_info, a JSON object. `rtmr3` is the register's own value, so that a verifier notices if the log does not reproduce it. If
  /// the agent has noticed (`isMismatched`), an extra member says so. `compose` is the text of app-compose, escaped for a JSON string.
  func tcbInfo(_ registers: Registers, _ log: EventLog, compose: BodyReader, isMismatched: Bool = false) -> BodyReader {
    let out = JSONWriter.document { json in
      json.hex("mrtd", registers.mrtd)
      json.hex("rtmr0", registers.rtmr0)
      json.hex("rtmr1", registers.rtmr1)
      json.hex("rtmr2", registers.rtmr2)
      json.hex("rtmr3", registers.rtmr3)
      json.hex("mr_aggregated", mrAggregated)
      json.hex("os_image_hash", osImageHash)
      json.hex("compose_hash", composeHash)
      json.hex("device_id", deviceID)
      json.name("event_log").array { log.write(.json, to: $0.out) }
      json.name("app_compose").string { $0.insert(compose) }
      if isMismatched { json.bool("event_log_mismatch", true) }
    }
    return JoinedBody(out)
  }

  /// The content of the certificate extension …62397.1.9: a map in the order of release 0.6. (Up to 0.5.11 it was an array of the first
  /// eight values; readers accept both.)
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
    pack.text("init_script_hashes").array(identity.initScriptHashes.count)
    for hash in identity.initScriptHashes { pack.binary(hash) }
    return pack.out.take()
  }
}
