/// Events that only the measured startup emits, once each (except `initScriptHash`). Consumers look for them before `systemReady`.
enum SystemEvent: CaseIterable {
  case systemPreparing, appID, composeHash, initScriptHash, gpuPolicyHash, instanceID, bootMRDone, osImageHash
  case gpuAttestation, keyProvider, storageFS, storageEncrypted, systemReady

  var name: StaticString {
    switch self {
    case .systemPreparing: "system-preparing"
    case .appID: "app-id"
    case .composeHash: "compose-hash"
    case .initScriptHash: "init-script-hash"
    case .gpuPolicyHash: "gpu-policy-hash"
    case .instanceID: "instance-id"
    case .bootMRDone: "boot-mr-done"
    case .osImageHash: "os-image-hash"
    case .gpuAttestation: "gpu-attestation"
    case .keyProvider: "key-provider"
    case .storageFS: "storage-fs"
    case .storageEncrypted: "storage-encrypted"
    case .systemReady: "system-ready"
    }
  }

  /// Whether an application may not use the name. In a digest of version 1 a colon ends the name, so a name that begins with one of these
  /// and a colon could have the digest of a system event whose payload begins with the rest of the name.
  static func isReserved(_ name: [UInt8]) -> Bool {
    allCases.contains { event in
      guard let rest = name[...].behind(event.name) else { return false }
      return rest.isEmpty || rest.first == UInt8(ascii: ":")
    }
  }
}
