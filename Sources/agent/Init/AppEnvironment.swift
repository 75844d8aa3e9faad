/// The environment of the operator's programs: the variables from the app's owner (docs/spec/sealed-env.md), those from the
/// program's settings, and PATH.
enum AppEnvironment {
  private static let file: StaticString = "/dstack/.host-shared/.decrypted-env.json"
  private static let path: StaticString = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

  /// `NAME=value` strings, each followed by a NUL. Call it only in the child that becomes the program: the values may be secrets.
  /// `settings` are the program's own `NAME=VALUE`. The owner's variables override them, except for PATH.
  static func read(over settings: [[UInt8]]) throws(AgentError) -> [UInt8] {
    let sent = try AgentError.during(file, try parse(try Files.read(bytes(file), limit: Limits.decryptedEnv)))
    return joined(sent, over: settings)
  }

  /// Merges the owner's variables, in the form that `parse` returns, with the program's own.
  static func joined(_ sent: [UInt8], over settings: [[UInt8]]) -> [UInt8] {
    let variables = TextParts(sent.dropLast(), by: 0)
    let path = bytes("PATH")[...]
    let setsPath = settings.contains { name($0[...]) == path }
    var out: [UInt8] = []
    for variable in variables where !(setsPath && name(variable) == path) { out += variable + [0] }
    for variable in settings {
      let own = name(variable[...])
      if own == path || !variables.contains(where: { name($0) == own }) { out += variable + [0] }
    }
    return out
  }

  @inline(never)
  private static func name(_ variable: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    variable.prefix { $0 != UInt8(ascii: "=") }
  }

  /// Parses a JSON object of strings; adds a PATH if it has none. Throws `.invalid` for anything else, for an empty name, for a
  /// name with `=`, and for a NUL.
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

  /// Appends a string and the byte that ends it, which the string must not contain.
  @inline(never)
  private static func append(_ text: [UInt8], _ end: UInt8, to out: inout [UInt8]) throws(AgentError) {
    for byte in text {
      if byte == 0 || byte == end { throw unusable }
      out.append(byte)
    }
    out.append(end)
  }

  private static var unusable: AgentError { .invalid("a variable has an invalid name, or a NUL") }
}
