/// The image's own settings for its agent: `/etc/dstack/agent.json`, which is measured with the image. It has the form of the agent's
/// configuration, but only four members are allowed: the others come from the host's files or follow from the machine.
struct ImageSettings {
  /// Where the image has them.
  static let file: StaticString = "/etc/dstack/agent.json"

  /// Whether apps may extend RTMR3.
  private(set) var emitsEvents = true
  /// Absolute paths of Unix sockets; nil if not set.
  private(set) var quoteSocket: [UInt8]?
  private(set) var dockerSocket: [UInt8]?
  /// The user ID of the front process; nil if not set.
  private(set) var frontUser: UInt32?

  /// Reads a file; the defaults if there is none. The error text names the file and the line.
  @inline(never)
  static func read(_ path: [UInt8] = bytes(file)) throws(AgentError) -> ImageSettings {
    guard Files.exists(path) else { return ImageSettings() }
    return try ImageSettings(try AgentError.during(path, try Files.readRegular(path, limit: Limits.configFile)), from: path)
  }

  /// The defaults.
  init() {}

  /// Throws `.invalid` for a member that is malformed, given twice, or not for an image to set; the text names it, and its line in the file
  /// at `path`.
  init(_ text: [UInt8], from path: [UInt8]) throws(AgentError) {
    let object = JSONObject(text)
    emitsEvents = object.object("default")?.object("core")?.flag("emit_event") ?? true
    quoteSocket = object.object("quote")?.socket
    dockerSocket = object.object("docker")?.socket
    frontUser = object.object("front")?.user
    let others = object.unasked()
    do throws(AgentError) {
      try object.finish()
      if let name = others.first {
        throw AgentError(
          .invalid,
          printable(name.prefix(Limits.quotedName))
            + ": an image can set only default.core.emit_event, quote.address, docker.address and front.user")
      }
    } catch {
      throw error.during(path + ":" + decimal(object.line(in: text)))
    }
  }

  /// Writes these settings into a configuration. `emit_event` is not written: `BootOutput` combines it with the command line's.
  func write(to json: JSONWriter) {
    if let quoteSocket { json.name("quote").object { $0.string("address", bytes("unix:") + quoteSocket) } }
    if let dockerSocket { json.name("docker").object { $0.string("address", bytes("unix:") + dockerSocket) } }
    if let frontUser { json.name("front").object { $0.number("user", UInt64(frontUser)) } }
  }
}

extension JSONObject {
  /// The member `user`: neither root nor 2^32−1, which setresuid(2) takes to mean no change. Nil if it is absent or refused.
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
