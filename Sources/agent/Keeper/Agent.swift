/// The parts of an agent that serves, one of each per process. `Services` says which endpoint gets which.
final class Agent {
  let keys: AppKeys
  let signingKeys = SigningKeys()
  let issuer: CertificateIssuer
  let appCertificate: AppCertificate
  let evidence: Evidence
  let jobs: Jobs
  let largeCalls: LargeCalls
  let loop: Loop
  let app: AppDescription
  /// Whether apps may extend RTMR3.
  let emitsEvents: Bool
  /// Of the apps' listeners, once `serve` has opened them.
  var traffic: [Traffic] = []
  /// Where the host takes notifications; empty if it takes none.
  let hostAPIURL: [UInt8]

  /// Throws if a file of the startup is missing or malformed.
  init(_ config: Config, _ app: AppDescription, _ loop: Loop) throws(AgentError) {
    self.loop = loop
    self.app = app
    keys = try AppKeys.load(config.keysFile)
    let host = try Self.read(config.sysConfigFile, limit: Limits.sysConfigFile) { (text) throws(AgentError) in
      let object = JSONObject(text)
      let vmConfig = object.text("vm_config") ?? []
      let url = object.text("host_api_url") ?? []
      try object.finish()
      return (vmConfig: vmConfig, url: url)
    }
    hostAPIURL = host.url
    jobs = Jobs(loop)
    jobs.confine = { $0.confine(app) }
    largeCalls = LargeCalls(loop, jobs, lending: keys.k256Key.source)
    evidence = try Evidence(loop, jobs, vmConfig: host.vmConfig, takesEvents: config.emitsEvents)
    emitsEvents = config.emitsEvents
    issuer = try CertificateIssuer.make(keys, evidence, loop, jobs)
    appCertificate = AppCertificate(issuer)
  }

  /// An attestation that anyone may ask for.
  func attestation() -> PublicAttestation {
    PublicAttestation(loop) { [evidence] in evidence.attestation($0, for: nil, $1) }
  }

  /// What the configured app-compose.json says.
  static func app(_ config: Config) throws(AgentError) -> AppDescription {
    try read(config.composeFile, limit: Limits.composeFile) { (text) throws(AgentError) in try AppDescription(text) }
  }

  /// What `parse` makes of a file of the startup.
  private static func read<Value>(
    _ path: [UInt8], limit: Int, _ parse: ([UInt8]) throws(AgentError) -> Value
  ) throws(AgentError) -> Value {
    try AgentError.during(path, try parse(try Files.read(path, limit: limit)))
  }
}
