/// The environment of the operator's programs: the variables that the app's owner has sent, and PATH.
enum AppEnvironment {
  private static let file: StaticString = "/dstack/.host-shared/.decrypted-env.json"
  private static let path: StaticString = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

  /// `NAME=value` texts, each with a NUL behind it. Only for a process that becomes such a program: they may be secrets.
  static func read() throws(AgentError) -> [UInt8] {
    try AgentError.during(file, try parse(try Files.read(bytes(file), limit: Limits.decryptedEnv)))
  }

  /// Of a JSON object of texts. Throws `.invalid` for anything else, and for what no environment can hold.
  static func parse(_ json: [UInt8]) throws(AgentError) -> [UInt8] {
    var out: [UInt8] = []
    var hasPath = false
    var reader = JSONReader(json)
    var members = try reader.enterObject()
    while let name = try reader.nextMember(&members) {
      if name.isEmpty { throw unusable }
      if name.matches("PATH") { hasPath = true }
      try append(name, UInt8(ascii: "="), to: &out)
      try append(try reader.string(), 0, to: &out)
    }
    try reader.end()
    if !hasPath { try append(bytes(path), 0, to: &out) }
    return out
  }

  /// Appends a text and the byte that ends it.
  @inline(never)
  private static func append(_ text: [UInt8], _ end: UInt8, to out: inout [UInt8]) throws(AgentError) {
    for byte in text {
      if byte == 0 || byte == end { throw unusable }
      out.append(byte)
    }
    out.append(end)
  }

  private static var unusable: AgentError { .invalid("a variable cannot be one") }
}
