/// The environment variables that the app's owner sends encrypted through the host (docs/spec/sealed-env.md), in the forms of the
/// files that programs read.
struct DecryptedEnv {
  /// `NAME="value"` lines, for shells and for systemd.
  let text = ByteBuffer()
  /// A JSON object of names and values.
  let json = ByteBuffer()

  /// No variables.
  init() { json.append("{}") }

  /// Decrypts variables that are sealed to the app's X25519 key, of which `key` is the secret, 32 bytes. Throws `.invalid` if
  /// they were sealed to another key or tampered with, and as `init(plain:allowed:)`.
  init(_ sealed: [UInt8], with key: borrowing Secret, allowed: [[UInt8]]) throws(AgentError) {
    let plain = try Sealing.open(sealed, with: key).source
    try self.init(plain: plain, allowed: allowed)
  }

  /// Keeps the variables whose names are allowed; of several with one name, the last. Throws `.invalid` unless the text is JSON of the form
  /// `{"env":[{"key":…,"value":…}]}`, where a variable may have further members, and for variables that `check` refuses.
  @inline(never)
  init(plain: ByteSource, allowed: [[UInt8]]) throws(AgentError) {
    let object = JSONObject(plain)
    guard var reader = object.value("env") else { throw object.firstError("env", "is missing") }
    try object.finish()
    // values are secrets: keep them in place, not copied, until they are written
    var kept: [(name: [UInt8], variable: JSONObject)] = []
    var skipped = 0
    var elements = try reader.enterArray()
    while try reader.nextElement(&elements) {
      let variable = JSONObject(&reader)
      let name = variable.text("key") ?? variable.missing("key")
      guard let value = variable.secret("value") else { throw variable.firstError("value", "is missing") }
      try variable.finish()
      guard allowed.contains(name) else {
        skipped += 1
        continue
      }
      try Self.check(name, value.storage)
      if let index = kept.firstIndex(where: { $0.name == name }) {
        kept[index].variable = variable
        continue
      }
      kept.append((name, variable))
      if kept.count > Limits.envVariables { throw .invalid("there are more than 1024 variables") }
    }
    write(kept)
    if skipped > 0 {
      Log.warning(bytes("variables of the encrypted environment that allowed_envs does not name: ") + decimal(skipped))
    }
  }

  /// Throws `.invalid` for a name that is not a shell identifier, a value with a NUL, and a name or value that is too long.
  @inline(never)
  private static func check(_ name: [UInt8], _ value: [UInt8]) throws(AgentError) {
    var isName = !name.isEmpty && !isDigit(name[0])
    for byte in name where !isDigit(byte) && !isLetter(byte) && byte != UInt8(ascii: "_") { isName = false }
    if !isName { throw .invalid("a variable's name is not [A-Za-z_][A-Za-z0-9_]*") }
    if name.count > Limits.envName { throw .invalid("the name of a variable is longer than 255 bytes") }
    if value.count > Limits.envValue { throw .invalid("the value of a variable is longer than 128 KiB") }
    if value.contains(0) { throw .invalid("the value of a variable has a NUL") }
  }

  @inline(never)
  private func write(_ variables: [(name: [UInt8], variable: JSONObject)]) {
    let writer = JSONWriter(json)
    writer.beginObject()
    for (name, variable) in variables {
      // never nil: `init` has read it
      guard let value = variable.secret("value") else { continue }
      write(name, value.storage)
      writer.name(name).string(value.storage)
    }
    writer.endObject()
  }

  /// Writes a line `NAME="value"`. Within double quotes, POSIX shells (§2.2.3) and systemd.exec(5) undo the same escapes; they disagree
  /// about an apostrophe within single quotes. A line feed becomes `\n`, as upstream writes it, because many readers split the file into
  /// lines first. Shells and systemd keep these two characters, Docker Compose turns them into a line feed. The JSON is exact.
  private func write(_ name: [UInt8], _ value: [UInt8]) {
    text.append(name)
    text.append("=\"")
    for byte in value {
      switch byte {
      case 0x0a: text.append("\\n")
      case UInt8(ascii: "\\"), UInt8(ascii: "\""), UInt8(ascii: "$"), UInt8(ascii: "`"):
        text.append(UInt8(ascii: "\\"))
        text.append(byte)
      default: text.append(byte)
      }
    }
    text.append("\"\n")
  }
}
