/// Where a listener listens.
enum ListenAddress {
  case unix([UInt8])
  /// An IPv4 or IPv6 literal.
  case tcp([UInt8])
  /// A context id; 0xffffffff is any.
  case vsock(UInt32)

  static func parse(_ text: [UInt8]) throws(AgentError) -> ListenAddress {
    if text.hasPrefix("unix:") {
      guard text.count > 5 else { throw .invalid("an address is empty") }
      return .unix(Array(text[5...]))
    }
    if text.hasPrefix("vsock:") {
      let cid = text.hasPrefix("vsock:0x") ? hexNumber(text[8...]) : parseDecimal(text[6...])
      guard let cid, let number = UInt32(exactly: cid) else { throw .invalid("a vsock address has no context id") }
      return .vsock(number)
    }
    return .tcp(text)
  }

  /// For messages.
  var text: [UInt8] {
    switch self {
    case .unix(let path): path
    case .tcp(let address): address
    case .vsock: bytes("vsock")
    }
  }

  private static func hexNumber(_ digits: ArraySlice<UInt8>) -> UInt64? {
    guard (1...8).contains(digits.count) else { return nil }
    var number: UInt64 = 0
    for digit in digits {
      guard let value = Hex.value(digit) else { return nil }
      number = number << 4 | UInt64(value)
    }
    return number
  }
}

/// One listener's place in the configuration.
struct ListenerConfig {
  var address: ListenAddress
  /// Of TCP and vsock listeners.
  var port: UInt32 = 0
}

/// The agent's configuration: upstream's schema in JSON, laid over upstream's defaults (spec/api.md, Listeners).
struct Config {
  var keysFile = bytes("/dstack/.host-shared/.appkeys.json")
  var composeFile = bytes("/dstack/.host-shared/app-compose.json")
  var sysConfigFile = bytes("/dstack/.host-shared/.sys-config.json")
  /// Mount points whose disks are reported.
  var dataDisks = [bytes("/")]
  var apps = ListenerConfig(address: .unix(bytes("/var/run/dstack/dstack.sock")))
  var tappd = ListenerConfig(address: .unix(bytes("/var/run/dstack/tappd.sock")))
  var external = ListenerConfig(address: .tcp(bytes("0.0.0.0")), port: 8090)
  var guestAPI = ListenerConfig(address: .vsock(0xffff_ffff), port: 8000)
  /// For apps that shall have evidence only: GetQuote, Attest, Info and Version. Off unless it has an address.
  var quote: ListenerConfig?
  /// The Docker Engine API's Unix socket.
  var dockerSocket = bytes("/var/run/docker.sock")
  /// Dotted names of members that mean nothing here.
  private(set) var unknown: [[UInt8]] = []

  init() {}

  /// Parses a configuration file's text.
  init(json text: [UInt8]) throws(AgentError) {
    var reader = JSONReader(text)
    try read(&reader, section: [])
    try reader.end()
  }

  private mutating func read(_ reader: inout JSONReader, section: [UInt8]) throws(AgentError) {
    var members = try reader.enterObject()
    while let name = try reader.nextMember(&members) {
      let path = section.isEmpty ? name : section + bytes(".") + name
      if Config.isSection(path) {
        try read(&reader, section: path)
      } else if try !set(path, &reader) {
        unknown.append(path)
        try reader.skip()
      }
    }
  }

  private static func isSection(_ path: [UInt8]) -> Bool {
    path.matches("default") || path.matches("default.core") || path.matches("internal") || path.matches("internal-v0")
      || path.matches("external") || path.matches("guest-api") || path.matches("quote")
      || path.matches("docker")
  }

  /// Reads a value into the member that it belongs to; false if there is none.
  private mutating func set(_ path: [UInt8], _ reader: inout JSONReader) throws(AgentError) -> Bool {
    if path.matches("default.core.keys_file") {
      keysFile = try reader.string()
    } else if path.matches("default.core.compose_file") {
      composeFile = try reader.string()
    } else if path.matches("default.core.sys_config_file") {
      sysConfigFile = try reader.string()
    } else if path.matches("default.core.data_disks") {
      dataDisks = []
      var elements = try reader.enterArray()
      while try reader.nextElement(&elements) {
        let disk = try reader.string()
        if !dataDisks.contains(disk) { dataDisks.append(disk) }
      }
    } else if path.hasPrefix("internal.") {
      return try Config.set(&apps, path[9...], &reader)
    } else if path.hasPrefix("internal-v0.") {
      return try Config.set(&tappd, path[12...], &reader)
    } else if path.hasPrefix("external.") {
      return try Config.set(&external, path[9...], &reader)
    } else if path.hasPrefix("guest-api.") {
      return try Config.set(&guestAPI, path[10...], &reader)
    } else if path.hasPrefix("quote.") {
      var listener = quote ?? ListenerConfig(address: .tcp([]))
      guard try Config.set(&listener, path[6...], &reader) else { return false }
      quote = listener
    } else if path.matches("docker.address") {
      guard case .unix(let socket) = try ListenAddress.parse(reader.string()) else {
        throw .invalid("docker.address is no Unix socket")
      }
      dockerSocket = socket
    } else {
      return false
    }
    return true
  }

  private static func set(
    _ listener: inout ListenerConfig, _ name: ArraySlice<UInt8>, _ reader: inout JSONReader
  ) throws(AgentError) -> Bool {
    if name.matches("address") {
      listener.address = try ListenAddress.parse(reader.string())
    } else if name.matches("port") {
      guard let port = UInt32(exactly: try reader.unsigned()) else { throw .invalid("a port is out of range") }
      listener.port = port
    } else {
      return false
    }
    return true
  }
}
