/// Where a listener listens.
enum ListenAddress {
  case unix([UInt8])
  /// An IPv4 or IPv6 literal.
  case tcp([UInt8])
  /// A context identifier; 0xffffffff is any.
  case vsock(UInt32)

  /// `unix:PATH`, `vsock:CID`, or an IP address.
  static func parse(_ text: [UInt8]) throws(AgentError) -> ListenAddress {
    if text.hasPrefix("unix:") {
      guard text.count > 5 else { throw .invalid("an address is empty") }
      return .unix(Array(text[5...]))
    }
    if text.hasPrefix("vsock:") {
      let cid = text.hasPrefix("vsock:0x") ? Hex.number(text[8...], most: 8) : parseDecimal(text[6...])
      guard let cid, let number = UInt32(exactly: cid) else { throw .invalid("a vsock address has no context id") }
      return .vsock(number)
    }
    return .tcp(text)
  }

  /// For log lines.
  var text: [UInt8] {
    switch self {
    case .unix(let path): path
    case .tcp(let address): address
    case .vsock: bytes("vsock")
    }
  }
}

/// A listener's section of the configuration.
final class ListenerConfig {
  fileprivate(set) var address: ListenAddress
  /// For TCP and vsock.
  fileprivate(set) var port: UInt32

  init(address: ListenAddress, port: UInt32 = 0) { (self.address, self.port) = (address, port) }
}

/// The agent's configuration: upstream's schema in JSON, over upstream's defaults (docs/spec/listeners.md).
final class Config {
  var keysFile = bytes("/dstack/.host-shared/.appkeys.json")
  var composeFile = bytes("/dstack/.host-shared/app-compose.json")
  var sysConfigFile = bytes("/dstack/.host-shared/.sys-config.json")
  /// Mount points whose disks are reported.
  var dataDisks = [bytes("/")]
  /// Whether apps may extend RTMR3.
  var emitsEvents = true
  let apps = ListenerConfig(address: .unix(bytes("/var/run/dstack/dstack.sock")))
  let tappd = ListenerConfig(address: .unix(bytes("/var/run/dstack/tappd.sock")))
  let external = ListenerConfig(address: .tcp(bytes("0.0.0.0")), port: 8090)
  let guestAPI = ListenerConfig(address: .vsock(0xffff_ffff), port: 8000)
  /// For apps that may have evidence only: GetQuote, Attest, Info and Version. Off unless it has an address.
  var quote: ListenerConfig?
  /// The Docker Engine API's Unix socket.
  var dockerSocket = bytes("/var/run/docker.sock")
  /// The user and the group, of the same number, that the front becomes.
  var frontUser: UInt32 = 65533
  /// Dotted names of members that have no meaning here.
  private(set) var unknown: [[UInt8]] = []

  /// Upstream's defaults.
  @inline(never)
  init() {}

  /// Parses a configuration file's text.
  convenience init(json text: [UInt8]) throws(AgentError) {
    self.init()
    let file = JSONObject(text)
    let core = file.object("default")?.object("core")
    keysFile = core?.text("keys_file") ?? keysFile
    composeFile = core?.text("compose_file") ?? composeFile
    sysConfigFile = core?.text("sys_config_file") ?? sysConfigFile
    emitsEvents = core?.flag("emit_event") ?? emitsEvents
    if let disks = core?.texts("data_disks") {
      dataDisks = []
      for disk in disks where !dataDisks.contains(disk) { dataDisks.append(disk) }
    }
    apps.read(file.object("internal"))
    tappd.read(file.object("internal-v0"))
    external.read(file.object("external"))
    guestAPI.read(file.object("guest-api"))
    if let section = file.object("quote"), let address = section.address {
      quote = ListenerConfig(address: address)
      quote?.read(section)
    }
    if let section = file.object("docker"), let address = section.address {
      if case .unix(let socket) = address { dockerSocket = socket } else { section.fail("address", "is not a Unix socket") }
    }
    frontUser = file.object("front")?.user ?? frontUser
    unknown = file.unasked()
    try file.finish()
  }
}

extension ListenerConfig {
  /// Reads its section.
  @inline(never)
  fileprivate func read(_ section: JSONObject?) {
    guard let section else { return }
    address = section.address ?? address
    port =
      section.read("port") { (reader) throws(AgentError) in
        guard let port = UInt32(exactly: try reader.unsigned()) else { throw .invalid("is out of range") }
        return port
      } ?? port
  }
}

extension JSONObject {
  fileprivate var address: ListenAddress? {
    read("address") { (reader) throws(AgentError) in try ListenAddress.parse(reader.string()) }
  }
}
