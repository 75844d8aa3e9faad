/// What can be learned about the app and the system that it runs on. The app itself learns all of it; anyone else, all but what
/// app-compose hides.
final class PublicIdentity {
  let app: AppInfo
  /// UTF-8; empty if there is none.
  let name: [UInt8]
  /// The app certificate and its chain in PEM; nil until there is one.
  let chain: BodyReader?
  // What verifiers look at; empty or nil if it is hidden.
  let compose: ComposeText?
  let vmConfig: [UInt8]
  let registers: Registers?
  let log: EventLog?
  let isMismatched: Bool

  init(
    app: AppInfo, name: [UInt8], chain: BodyReader?, compose: ComposeText?, vmConfig: [UInt8], registers: Registers?,
    log: EventLog?,
    isMismatched: Bool
  ) {
    (self.app, self.name, self.chain, self.compose) = (app, name, chain, compose)
    (self.vmConfig, self.registers, self.log, self.isMismatched) = (vmConfig, registers, log, isMismatched)
  }

  /// Info's tcb_info; nil if it is hidden.
  var tcbInfo: BodyReader? {
    guard let registers, let log, let compose else { return nil }
    return app.tcbInfo(registers, log, compose: compose.escaped, isMismatched: isMismatched)
  }
}

/// Everything that the front knows about the guest.
final class PublicState {
  /// Different for each state; 0 while nothing is known.
  let version: UInt32
  /// What the app shows, and how its health is checked.
  let visibility: AppVisibility
  let health: HealthSource
  /// UTF-8; empty if there is none.
  let name: [UInt8]
  /// Whether this is a TDX guest.
  let isPresent: Bool
  /// Nil if there is none; `error` then says why.
  let identity: PublicIdentity?
  let error: AgentError?

  init(
    version: UInt32 = 0, visibility: AppVisibility = AppVisibility(), health: HealthSource = .none, name: [UInt8] = [],
    isPresent: Bool = false, identity: PublicIdentity? = nil, error: AgentError? = nil
  ) {
    (self.version, self.visibility, self.health, self.name) = (version, visibility, health, name)
    (self.isPresent, self.identity, self.error) = (isPresent, identity, error)
  }

  /// The identity; throws the reason if there is none.
  func known() throws(AgentError) -> PublicIdentity {
    if let identity { return identity }
    throw error ?? .failed("nothing is known about this guest")
  }

  /// Appends how much of the event log belongs to it (the events themselves are fetched separately, and the recipe of the chain
  /// may name parts of them); the version; a byte for each flag, for the kind of the health source, and for the error; and three
  /// texts with their lengths. Then the identity, if there is one.
  func append(to out: ByteBuffer, _ extent: LogExtent, chain: BodyRecipe) {
    let (kind, source): (UInt8, [UInt8]) =
      switch health {
      case .none: (0, [])
      case .file(let path): (1, path)
      case .containers(let project): (2, project)
      }
    out.append(extent.encoded)
    out.appendLittle(UInt64(version), 4)
    for flag in [visibility.logs, visibility.sysinfo, visibility.tcbInfo, isPresent] { out.append(flag ? 1 : 0) }
    out.append(kind)
    out.append(error.map { 1 + $0.kind.rawValue } ?? 0)
    out.append(parts: [name, source, error?.text ?? []])
    identity?.append(to: out, chain: chain.out.take())
  }

  /// `compose` and `log` are sent separately. Nil for anything but what `append` gives.
  convenience init?(_ data: [UInt8], _ compose: ComposeText?, _ log: EventLog?) {
    var reader = LittleEndianReader(data)
    let extent = reader.take(LogExtent.size)
    let (version, flags) = (reader.uint32() ?? 0, Array(reader.take(6) ?? []))
    guard extent != nil, version > 0, flags.count == 6, flags[..<4].allSatisfy({ $0 <= 1 }), flags[4] <= 2,
      let parts = reader.parts(3)
    else {
      return nil
    }
    var visibility = AppVisibility()
    (visibility.logs, visibility.sysinfo, visibility.tcbInfo) = (flags[0] == 1, flags[1] == 1, flags[2] == 1)
    let health: HealthSource = flags[4] == 0 ? .none : flags[4] == 1 ? .file(parts[1]) : .containers(project: parts[1])
    var (identity, error): (PublicIdentity?, AgentError?)
    if flags[5] == 0 {
      identity = PublicIdentity(&reader, name: parts[0], compose, log)
    } else if let kind = AgentError.Kind(rawValue: flags[5] - 1) {
      error = AgentError(kind, parts[2])
    }
    guard reader.remaining == 0, identity != nil || error != nil else { return nil }
    self.init(
      version: version, visibility: visibility, health: health, name: parts[0], isPresent: flags[3] == 1, identity: identity,
      error: error)
  }
}

extension PublicIdentity {
  fileprivate func append(to out: ByteBuffer, chain: [UInt8]) {
    out.append(isMismatched ? 1 : 0)
    out.append(log == nil ? 0 : 1)
    out.append(parts: [
      app.appID, app.composeHash, app.instanceID, app.keyProvider, app.osImageHash, app.deviceID, app.mrAggregated,
      chain, vmConfig,
    ])
    if let registers, log != nil { out.append(registers.all) }
  }

  fileprivate convenience init?(
    _ reader: inout LittleEndianReader, name: [UInt8], _ compose: ComposeText?, _ log: EventLog?
  ) {
    guard let isMismatched = reader.uint8(), let hasLog = reader.uint8(), let parts = reader.parts(9) else { return nil }
    let identity = AppIdentity(appID: parts[0], composeHash: parts[1], instanceID: parts[2], keyProvider: parts[3])
    let app = AppInfo(identity: identity, osImageHash: parts[4], deviceID: parts[5], mrAggregated: parts[6])
    let registers = hasLog == 1 ? Registers(encoded: &reader) : nil
    let chain = parts[7].isEmpty ? nil : EventLog.text(of: parts[7], log)
    if hasLog == 1 && (registers == nil || log == nil) || !parts[7].isEmpty && chain == nil { return nil }
    self.init(
      app: app, name: name, chain: chain, compose: hasLog == 1 ? compose : nil, vmConfig: parts[8], registers: registers,
      log: hasLog == 1 ? log : nil, isMismatched: isMismatched == 1)
  }
}

extension Registers {
  fileprivate init?(encoded reader: inout LittleEndianReader) {
    guard let data = reader.take(Self.count * RTMR.size) else { return nil }
    self.init(all: Array(data))
  }
}
