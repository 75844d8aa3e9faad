/// The startup's events, in order (docs/spec/boot.md). `gpu-attestation` is left out, because this startup attests no GPUs. One
/// subclass measures the events, another prints what they would be.
class StartupEvents {
  /// Called for each event. `payload` is nil if it is not known before the boot.
  func emit(_ event: SystemEvent, _ payload: [UInt8]?) throws(AgentError) {}

  /// Emits the events that come before the app's keys. `instanceID` is nil if it is not known yet.
  final func launch(_ values: LaunchValues, instanceID: [UInt8]?) throws(AgentError) {
    try emit(.systemPreparing, [])
    try emit(.appID, values.appID)
    try emit(.composeHash, values.composeHash)
    for hash in values.initScriptHashes { try emit(.initScriptHash, hash) }
    try emit(.gpuPolicyHash, values.gpuPolicyHash)
    try emit(.instanceID, instanceID)
    try emit(.bootMRDone, [])
  }

  /// Emits where the keys come from. `id` is nil if it is not known yet.
  final func keyProvider(_ kind: ProviderKind, id: [UInt8]?) throws(AgentError) {
    guard let id else { return try emit(.keyProvider, nil) }
    let provider = JSONWriter.document { json in
      json.string("name", bytes(kind.eventName))
      json.hex("id", id)
    }
    try emit(.keyProvider, provider.storage)
  }

  /// Emits the events of a machine with a data disk.
  final func storage() throws(AgentError) {
    try emit(.storageFS, bytes("ext4"))
    try emit(.storageEncrypted, bytes("1"))
  }
}

/// Extends RTMR3 and appends to the runtime event log.
final class MeasuredEvents: StartupEvents {
  private let guest: BootGuest

  init(_ guest: BootGuest) { self.guest = guest }

  override func emit(_ event: SystemEvent, _ payload: [UInt8]?) throws(AgentError) {
    guard let payload else { throw .failed("a measurement is not known") }
    let extender = RTMRExtender(paths: guest.tdx)
    let deadline = Clock.monotonic() + Limits.logLock
    do throws(AgentError) {
      try guest.log.emit(name: bytes(event.name), payload: payload, deadline: deadline) { (digest) throws(AgentError) in
        try extender.extend(digest)
      }
    } catch {
      throw error.during(event.name)
    }
  }
}
