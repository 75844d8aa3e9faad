/// An event that the startup is to emit.
struct Measurement {
  let event: SystemEvent
  /// Nil if it is not known before the boot.
  let payload: [UInt8]?
}

/// The startup's events, in their order (`storage-fs` is left out: this startup sets up no storage).
enum Measurements {
  /// Those that come before the app's keys. `instanceID` is nil if it is not known yet.
  static func launch(_ values: LaunchValues, instanceID: [UInt8]?) -> [Measurement] {
    [
      Measurement(event: .systemPreparing, payload: []),
      Measurement(event: .appID, payload: values.appID),
      Measurement(event: .composeHash, payload: values.composeHash),
    ] + values.initScriptHashes.map { Measurement(event: .initScriptHash, payload: $0) } + [
      Measurement(event: .gpuPolicyHash, payload: values.gpuPolicyHash),
      Measurement(event: .instanceID, payload: instanceID),
      Measurement(event: .bootMRDone, payload: []),
    ]
  }

  /// What tells where the keys come from; `id` is nil if it is not known yet.
  static func keyProvider(_ kind: ProviderKind, id: [UInt8]?) -> Measurement {
    Measurement(
      event: .keyProvider,
      payload: id.map { bytes("{\"name\":\"") + bytes(kind.eventName) + bytes("\",\"id\":\"") + Hex.encode($0) + bytes("\"}") })
  }

  static let ready = Measurement(event: .systemReady, payload: [])
}
