/// What the endpoints work with. One a process.
final class Agent {
  let config: Config
  let keys: AppKeys
  let authority: CertificateAuthority
  /// Nil where the app has a CA of its own.
  private(set) var kms: KMSIssuer?
  /// Sign's keys, which are the same at every call.
  private var secp256k1Key: SigningKey?
  private var ed25519Key: SigningKey?

  let evidence: Evidence
  let jobs: Jobs
  let secp256k1Attestation = KeptReply()
  let ed25519Attestation = KeptReply()
  let workerInfo = KeptReply()
  let machine: MachineStatus
  let engine: ContainerEngine
  let metricsPage = KeptPage()
  let dashboard = KeptPage()
  /// Set by `serve`, for the metrics.
  var listeners: [Listener] = []
  /// The text of app-compose.json, the name in it, and what it lets anyone see.
  let compose: [UInt8]
  let appName: [UInt8]
  let visibility: AppVisibility
  /// PEM, leaf first: a certificate with evidence, by which others recognise this instance. Empty until it is made.
  private(set) var appCert: [UInt8] = []
  private var nextAppCert: Int64 = 0

  /// Throws for an app keys file that is missing or broken, and for other files that are broken.
  init(_ config: Config, _ loop: Loop) throws(AgentError) {
    self.config = config
    keys = try AppKeys.load(config.keysFile)
    authority = try CertificateAuthority(keys)
    compose = try Agent.file(config.composeFile, limit: Limits.composeFile)
    (appName, visibility) = try Agent.describe(compose, config.composeFile)
    let sysConfig = try Agent.file(config.sysConfigFile, limit: Limits.sysConfigFile)
    let vmConfig = try Agent.member("vm_config", sysConfig, config.sysConfigFile)
    machine = MachineStatus(dataDisks: config.dataDisks)
    engine = ContainerEngine(config.dockerSocket, loop)
    jobs = Jobs(loop)
    evidence = try Evidence(loop, jobs, vmConfig: vmConfig)
    if let address = authority.kms { kms = KMSIssuer(self, address) }
  }

  /// Makes `appCert`, once; `done` is called whether that succeeds or not. If it fails it may be tried again, but not at once.
  func makeAppCert(_ done: @escaping () -> Void = {}) {
    guard appCert.isEmpty, Clock.monotonic() >= nextAppCert else { return done() }
    nextAppCert = Int64.max
    let finish = { [self] (chain: Chain) in
      switch chain {
      case .success(let chain): appCert = Array(chain.joined(separator: [0x0a]))
      case .failure(let error):
        nextAppCert = Clock.monotonic() + Limits.appCertPause
        Log.warning(bytes("no app certificate: ") + error.text)
      }
      done()
    }
    var request = LeafRequest()
    request.subject = bytes("demo-cert")
    request.clientAuth = true
    do throws(AgentError) {
      try issue(CertificateOrder(request, key: .generate(), hasEvidence: true), finish)
    } catch {
      finish(.failure(error))
    }
  }

  /// Info's tcb_info.
  func tcbInfo(_ measured: Evidence.Measurements) -> [UInt8] {
    let out = ByteBuffer()
    var json = JSONWriter(out)
    measured.app.writeTCBInfo(
      to: &json, registers: measured.registers, log: measured.log, composeFile: compose, isMismatched: evidence.isMismatched)
    return out.take()
  }

  /// The app's signing key: GetKey's with path `vms` and purpose `signing`.
  func signingKey(_ curve: KeyCurve) throws(AgentError) -> SigningKey {
    if let kept = curve == .secp256k1 ? secp256k1Key : ed25519Key { return kept }
    let key = try SigningKey(keys, curve)
    switch curve {
    case .secp256k1: secp256k1Key = key
    case .ed25519: ed25519Key = key
    }
    return key
  }
}

extension Agent {
  /// A file of the boot; where it is missing, that is told and it counts as empty.
  private static func file(_ path: [UInt8], limit: Int) throws(AgentError) -> [UInt8] {
    if !Files.exists(path) {
      Log.warning(bytes("missing: ") + path)
      return []
    }
    do throws(AgentError) {
      return try Files.read(path, limit: limit)
    } catch {
      throw AgentError(error.kind, path + bytes(" ") + error.text)
    }
  }

  /// What app-compose.json says for this process; an empty text says nothing.
  private static func describe(_ compose: [UInt8], _ path: [UInt8]) throws(AgentError) -> ([UInt8], AppVisibility) {
    if compose.isEmpty { return ([], AppVisibility()) }
    do throws(AgentError) {
      let object = JSONObject(compose, known: ["name"] + AppVisibility.members)
      let described = (object.text("name") ?? [], AppVisibility(in: object))
      try object.finish()
      return described
    } catch {
      throw AgentError(error.kind, path + bytes(": ") + error.text)
    }
  }

  /// A text of the JSON object in a file; empty if there is none.
  private static func member(_ name: StaticString, _ text: [UInt8], _ path: [UInt8]) throws(AgentError) -> [UInt8] {
    var value: [UInt8] = []
    if text.isEmpty { return value }
    do throws(AgentError) {
      var reader = JSONReader(text)
      try reader.document { (reader, member) throws(AgentError) in
        if member.matches(name) { value = try reader.string() } else { try reader.skip() }
      }
      return value
    } catch {
      throw AgentError(error.kind, path + bytes(": ") + error.text)
    }
  }
}

/// A derived key that is kept.
final class SigningKey {
  let key: DerivedKey

  init(_ keys: borrowing AppKeys, _ curve: KeyCurve) throws(AgentError) {
    key = try DerivedKey(keys, path: bytes("vms"), purpose: bytes("signing"), curve)
  }
}
