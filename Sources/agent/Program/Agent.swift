/// The parts of an agent that serves; `Services` says which endpoint gets which. One a process.
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
  let machine: MachineStatus
  let engine: ContainerEngine
  let health: HealthMonitor
  /// Whether apps may extend RTMR3.
  let emitsEvents: Bool
  /// Of each listener, once `serve` has opened them.
  var traffic: [Traffic] = []
  /// Where the host takes notifications; empty if nowhere.
  let hostAPIURL: [UInt8]

  /// Throws for a file of the boot that is missing or broken.
  init(_ config: Config, _ loop: Loop) throws(AgentError) {
    self.loop = loop
    keys = try AppKeys.load(config.keysFile)
    app = try Self.read(config.composeFile, limit: Limits.composeFile) { (text) throws(AgentError) in
      try AppDescription(text)
    }
    let host = try Self.read(config.sysConfigFile, limit: Limits.sysConfigFile) { (text) throws(AgentError) in
      let object = JSONObject(text)
      let vmConfig = object.text("vm_config") ?? []
      let url = object.text("host_api_url") ?? []
      try object.finish()
      return (vmConfig: vmConfig, url: url)
    }
    hostAPIURL = host.url
    machine = MachineStatus(dataDisks: config.dataDisks)
    engine = ContainerEngine(config.dockerSocket, loop)
    jobs = Jobs(loop)
    largeCalls = LargeCalls(loop, jobs, lending: keys.k256Key.source)
    evidence = try Evidence(loop, jobs, vmConfig: host.vmConfig, takesEvents: config.emitsEvents)
    emitsEvents = config.emitsEvents
    health = HealthMonitor(loop, Self.look(app.health, engine, jobs))
    loop.add(health)
    issuer = try CertificateIssuer.make(keys, evidence, jobs)
    appCertificate = AppCertificate(issuer)
  }

  /// One for anyone.
  func attestation() -> PublicAttestation {
    PublicAttestation(loop) { [evidence] in evidence.attestation($0, for: nil, $1) }
  }

  /// How the app's health is looked at; nil if it does not want that.
  private static func look(_ source: HealthSource, _ engine: ContainerEngine, _ jobs: Jobs) -> HealthMonitor.Looker? {
    switch source {
    case .none: nil
    case .file(let path): { HealthFile.look(path, jobs, $0) }
    case .containers(let project): { ComposeHealth.look(project, engine, $0) }
    }
  }

  /// What `parse` makes of a file of the boot.
  private static func read<Value>(
    _ path: [UInt8], limit: Int, _ parse: ([UInt8]) throws(AgentError) -> Value
  ) throws(AgentError) -> Value {
    try AgentError.during(path, try parse(try Files.read(path, limit: limit)))
  }
}
