/// The environment variables that the app's owner sends past the host (spec/keys.md, Env and sealing), as the files that programs
/// read.
struct DecryptedEnv {
  /// `NAME="value"` lines, for shells and for systemd.
  let text = ByteBuffer()
  /// An object of names and values.
  let json = ByteBuffer()

  /// No variables.
  init() { json.append("{}") }

  /// Opens what is sealed to the app's key of 32 bytes. Throws `.invalid` for what was sealed to another key or tampered with, else as
  /// `init(plain:allowed:)`.
  init(_ sealed: [UInt8], with key: borrowing Secret, allowed: [[UInt8]]) throws(AgentError) {
    try self.init(plain: try Sealing.open(sealed, with: key), allowed: allowed)
  }

  /// Keeps the variables whose names are allowed. Throws `.invalid` for other JSON than `{"env":[{"key":…,"value":…}]}` and for variables
  /// that no environment can have.
  init(plain: consuming Secret, allowed: [[UInt8]]) throws(AgentError) {
    var reader = JSONReader(plain.source)
    var writer = JSONWriter(json)
    writer.beginObject()
    var seen: [[UInt8]] = []
    var skipped = 0
    var isGiven = false
    var members = try reader.enterObject()
    while let member = try reader.nextMember(&members) {
      guard member.matches("env") else {
        try reader.skip()
        continue
      }
      if isGiven { throw .invalid("env: is given twice") }
      isGiven = true
      var elements = try reader.enterArray()
      while try reader.nextElement(&elements) {
        let variable = try EnvVariable(&reader)
        guard allowed.contains(variable.name) else {
          skipped += 1
          continue
        }
        try variable.check()
        guard !seen.contains(variable.name) else { throw .invalid("a variable is given twice") }
        seen.append(variable.name)
        guard seen.count <= Limits.envVariables else { throw .invalid("there are more than 1024 variables") }
        variable.write(to: text)
        writer.name(variable.name)
        writer.string(variable.value.storage)
      }
    }
    try reader.end()
    guard isGiven else { throw .invalid("env: is missing") }
    writer.endObject()
    if skipped > 0 {
      Log.warning(bytes("variables of the encrypted environment that allowed_envs does not name: ") + decimal(skipped))
    }
  }
}

/// One variable. Its value is a secret.
private struct EnvVariable {
  let name: [UInt8]
  let value = ByteBuffer()

  init(_ reader: inout JSONReader) throws(AgentError) {
    var name: [UInt8]?
    var hasValue = false
    var members = try reader.enterObject()
    while let member = try reader.nextMember(&members) {
      if member.matches("key"), name == nil {
        name = try reader.string()
      } else if member.matches("value"), !hasValue {
        hasValue = true
        let value = value
        try reader.string { value.append($0) }
      } else {
        throw .invalid("a variable has other members than one key and one value")
      }
    }
    guard let name, hasValue else { throw .invalid("a variable has no key or no value") }
    self.name = name
  }

  /// Throws for a name that shells do not take, a value with a NUL and for what is too long.
  func check() throws(AgentError) {
    guard let first = name.first, !isDigit(first), name.allSatisfy({ isDigit($0) || isLetter($0) || $0 == UInt8(ascii: "_") })
    else { throw .invalid("the name of a variable is none") }
    guard name.count <= Limits.envName else { throw .invalid("the name of a variable is longer than 255 bytes") }
    guard value.count <= Limits.envValue else { throw .invalid("the value of a variable is longer than 128 KiB") }
    guard !value.storage.contains(0) else { throw .invalid("the value of a variable has a NUL") }
  }

  /// Between double quotes POSIX shells (§2.2.3) and systemd.exec(5) undo the same escapes and keep line ends; they do not agree on an
  /// apostrophe between single quotes.
  func write(to out: ByteBuffer) {
    out.append(name)
    out.append("=\"")
    for byte in value.storage {
      switch byte {
      case UInt8(ascii: "\\"), UInt8(ascii: "\""), UInt8(ascii: "$"), UInt8(ascii: "`"): out.append(UInt8(ascii: "\\"))
      default: break
      }
      out.append(byte)
    }
    out.append("\"\n")
  }
}
