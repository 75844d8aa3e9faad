/// The image's own settings for its agent: `/etc/dstack/agent.json`, which is measured with the image. It has the form of the agent's
/// configuration, limited to what neither comes from the host's files nor follows from the machine.
struct ImageSettings {
  static let file: StaticString = "/etc/dstack/agent.json"

  /// Whether apps may extend RTMR3.
  private(set) var emitsEvents = true
  /// Absolute paths of Unix sockets; nil where it names none.
  private(set) var quoteSocket: [UInt8]?
  private(set) var dockerSocket: [UInt8]?
  /// Nil where it names none.
  private(set) var frontUser: UInt32?

  /// Reads a file; the defaults if there is none. The error text names the file.
  @inline(never)
  static func read(_ path: [UInt8] = bytes(file)) throws(AgentError) -> ImageSettings {
    guard Files.exists(path) else { return ImageSettings() }
    return try AgentError.during(path, try ImageSettings(try Files.readRegular(path, limit: Limits.configFile)))
  }

  /// The defaults.
  init() {}

  /// Throws `.invalid` for what is malformed, given twice, or not for an image to set; the text names the member.
  init(_ text: [UInt8]) throws(AgentError) {
    let object = JSONObject(text)
    emitsEvents = object.object("default")?.object("core")?.flag("emit_event") ?? true
    quoteSocket = object.object("quote")?.socket
    dockerSocket = object.object("docker")?.socket
    frontUser = object.object("front")?.user
    let others = object.unasked()
    try object.finish()
    if let name = others.first {
      throw AgentError(
        .invalid,
        name + ": an image can set only default.core.emit_event, quote.address, docker.address and front.user")
    }
  }

  /// Writes these settings, except `emit_event`, into a configuration.
  func write(to json: JSONWriter) {
    if let quoteSocket { json.name("quote").object { $0.string("address", bytes("unix:") + quoteSocket) } }
    if let dockerSocket { json.name("docker").object { $0.string("address", bytes("unix:") + dockerSocket) } }
    if let frontUser { json.name("front").object { $0.number("user", UInt64(frontUser)) } }
  }
}

extension JSONObject {
  /// The member `user`: not root, and not the number that changes nothing.
  var user: UInt32? {
    guard let user = number("user") else { return nil }
    if let number = UInt32(exactly: user), number > 0, number < UInt32.max { return number }
    fail("user", "is out of range")
    return nil
  }

  /// The member `address`, which must be `unix:` and an absolute path.
  fileprivate var socket: [UInt8]? {
    guard let address = text("address") else { return nil }
    guard let path = address[...].behind("unix:"), path.first == UInt8(ascii: "/"), path.count <= Limits.socketPath,
      !path.contains(0)
    else {
      fail("address", "must be unix:/PATH of at most 107 bytes")
      return nil
    }
    return Array(path)
  }
}
