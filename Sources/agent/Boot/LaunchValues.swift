/// The values that identify a launch, which are checked and measured (docs/spec/boot.md).
final class LaunchValues {
  /// Bytes of an app identifier, of an instance identifier, and of a fresh seed.
  static let idSize = 20

  /// SHA-256 of the bytes of app-compose.json.
  let composeHash: [UInt8]
  /// 20 bytes.
  let appID: [UInt8]
  /// SHA-256 of each script.
  private(set) var initScriptHashes: [[UInt8]] = []
  /// SHA-256 of the policy's canonical form.
  let gpuPolicyHash: [UInt8]
  /// The seed of the instance's identifier; nil if it must be random.
  let givenSeed: [UInt8]?
  /// Whether the instance has no identifier.
  let noInstanceID: Bool

  /// `composeFile` is the text of app-compose.json, which `compose` was parsed from.
  init(composeFile: [UInt8], _ compose: AppCompose, _ info: InstanceInfo) {
    composeHash = Hash.sha256(composeFile)
    appID = info.appID.isEmpty ? Array(composeHash[..<Self.idSize]) : info.appID
    for script in compose.initScripts { initScriptHashes.append(Hash.sha256(script)) }
    gpuPolicyHash = Hash.sha256(compose.requirements.gpuPolicy.canonical)
    // without a key provider nothing survives the boot, so each boot is a new instance
    givenSeed = info.seed.isEmpty || compose.keyProvider == .none ? nil : info.seed
    noInstanceID = compose.noInstanceID
  }

  /// The instance's identifier, 20 bytes; empty if the app wants none.
  func instanceID(seed: [UInt8]) -> [UInt8] {
    noInstanceID ? [] : Array(Hash.sha256(seed + appID)[..<Self.idSize])
  }

  /// The identifier as known before the boot; nil if it will be random.
  var expectedInstanceID: [UInt8]? { noInstanceID || givenSeed != nil ? instanceID(seed: givenSeed ?? []) : nil }
}
