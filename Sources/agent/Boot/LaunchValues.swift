/// What identifies a launch: values that are measured and checked.
struct LaunchValues {
  /// Bytes of an app's and an instance's identifier, and of a fresh seed.
  static let idSize = 20

  /// SHA-256 of the file as it is.
  let composeHash: [UInt8]
  /// 20 bytes.
  let appID: [UInt8]
  /// SHA-256 of each script.
  let initScriptHashes: [[UInt8]]
  let gpuPolicyHash: [UInt8]
  /// What the instance's identifier is made of; nil if that is to be random.
  let givenSeed: [UInt8]?
  let noInstanceID: Bool

  init(composeFile: [UInt8], _ compose: AppCompose, _ info: InstanceInfo) {
    composeHash = Hash.sha256(composeFile)
    appID = info.appID.isEmpty ? Array(composeHash[..<Self.idSize]) : info.appID
    initScriptHashes = compose.initScripts.map { Hash.sha256($0) }
    gpuPolicyHash = Hash.sha256(compose.requirements.gpuPolicy)
    // without a key provider nothing outlives the boot, so the next one is another instance
    givenSeed = info.seed.isEmpty || compose.keyProvider == .none ? nil : info.seed
    noInstanceID = compose.noInstanceID
  }

  /// 20 bytes, or none if the app wants no identifier.
  func instanceID(seed: [UInt8]) -> [UInt8] {
    noInstanceID ? [] : Array(Hash.sha256(seed + appID)[..<Self.idSize])
  }
}
