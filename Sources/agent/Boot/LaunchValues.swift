/// What identifies a launch: values that are measured and checked.
final class LaunchValues {
  /// Bytes of an app's and an instance's identifier, and of a fresh seed.
  static let idSize = 20

  /// SHA-256 of the file as it is.
  let composeHash: [UInt8]
  /// 20 bytes.
  let appID: [UInt8]
  /// SHA-256 of each script.
  private(set) var initScriptHashes: [[UInt8]] = []
  let gpuPolicyHash: [UInt8]
  /// What the instance's identifier is made of; nil if that is to be random.
  let givenSeed: [UInt8]?
  let noInstanceID: Bool

  init(composeFile: [UInt8], _ compose: AppCompose, _ info: InstanceInfo) {
    composeHash = Hash.sha256(composeFile)
    appID = info.appID.isEmpty ? Array(composeHash[..<Self.idSize]) : info.appID
    for script in compose.initScripts { initScriptHashes.append(Hash.sha256(script)) }
    gpuPolicyHash = Hash.sha256(compose.requirements.gpuPolicy.canonical)
    // without a key provider nothing outlives the boot, so the next one is another instance
    givenSeed = info.seed.isEmpty || compose.keyProvider == .none ? nil : info.seed
    noInstanceID = compose.noInstanceID
  }

  /// 20 bytes, or none if the app wants no identifier.
  func instanceID(seed: [UInt8]) -> [UInt8] {
    noInstanceID ? [] : Array(Hash.sha256(seed + appID)[..<Self.idSize])
  }

  /// The same before the boot; nil if it is to be random.
  var expectedInstanceID: [UInt8]? { noInstanceID || givenSeed != nil ? instanceID(seed: givenSeed ?? []) : nil }
}
