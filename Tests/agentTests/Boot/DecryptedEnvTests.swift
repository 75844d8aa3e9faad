import Testing

@testable import agent

struct DecryptedEnvTests {
  /// Sealed with the Python package cryptography to the secret key 01…20: the allowed variables A, B_2 and _c, and NOT.
  private static let sealed = octets(
    """
    5869aff450549732cbaaed5e5df9b30a6da31cb0e5742bad5ad4a1a768f1a67b000102030405060708090a0bcc8f8164c5b1fb03aff837b65099d47f2071
    0a5e44b82844951f761d4cca7aa0ba4183c1acef5b3409beca2f946a97d8a17fa364e3a2bea5a0ff37da88616139e97166986d8a18dd3ddf3b2da26b57b5
    afcf1f9d1c8eef988fd188dac596f68ab490ff8ecffc587535a0607fb214380cd1fc80201789da38dfbfb2b953aa3ba38756df3e8de5987cf79b17130c45
    fc9486271ba22a8b85d14713be03299d0d10ab48c3
    """)
  private static let allowed = ["A", "B_2", "_c", "MISSING"].map(utf8)

  private static func key() throws -> Secret { try Secret(copying: Array(1...32)) }

  private static func env(_ plain: String, _ allowed: [String] = ["A", "B"]) throws -> DecryptedEnv {
    try DecryptedEnv(plain: try Secret(copying: utf8(plain)).source, allowed: allowed.map(utf8))
  }

  private static func env(count: Int) throws -> DecryptedEnv {
    let variables = (0..<count).map { #"{"key":"V\#($0)","value":""}"# }.joined(separator: ",")
    return try env(#"{"env":[\#(variables)]}"#, (0..<count).map { "V\($0)" })
  }

  @Test func opened() throws {
    let env = try DecryptedEnv(Self.sealed, with: Self.key(), allowed: Self.allowed)
    // the value of B_2 is q"d$`\'<line feed> é#
    #expect(
      env.text.storage == utf8("A=\"plain\"\nB_2=\"q\\\"d\\$\\`\\\\'\\n é#\"\n_c=\"\"\n"))
    #expect(env.json.storage == utf8(#"{"A":"plain","B_2":"q\"d$`\\'\n \u00e9#","_c":""}"#))
  }

  /// A flipped bit anywhere.
  @Test func tampered() throws {
    for index in Self.sealed.indices {
      var sealed = Self.sealed
      sealed[index] ^= 0x20
      #expect(refusal { _ = try DecryptedEnv(sealed, with: Self.key(), allowed: Self.allowed) } == .invalid, "\(index)")
    }
    #expect(refusal { _ = try DecryptedEnv(Self.sealed.dropLast(), with: Self.key(), allowed: Self.allowed) } == .invalid)
    #expect(refusal { _ = try DecryptedEnv([], with: Self.key(), allowed: Self.allowed) } == .invalid)
    let other = try Secret(copying: Array(2...33))
    #expect(refusal { _ = try DecryptedEnv(Self.sealed, with: other, allowed: Self.allowed) } == .invalid)
  }

  @Test func nothing() throws {
    let env = DecryptedEnv()
    #expect(env.text.storage.isEmpty)
    #expect(env.json.storage == utf8("{}"))
    #expect(try Self.env(#"{"env":[]}"#).json.storage == utf8("{}"))
    #expect(try Self.env(#"{"x":[1],"env":[{"key":"C","value":"1"}],"y":{}}"#).json.storage == utf8("{}"))
  }

  /// Of equal names the last value counts, in the position of the first. Further members of a variable are ignored.
  @Test func equalNames() throws {
    let env = try Self.env(
      #"""
      {"env":[{"key":"A","value":"1","x":{"key":"B"}},{"key":"B","value":"2"},{"key":"C","value":"3"},{"key":"\u0041","value":"4"},\#
      {"note":null,"value":"5","key":"A"}]}
      """#)
    #expect(env.text.storage == utf8("A=\"5\"\nB=\"2\"\n"))
    #expect(env.json.storage == utf8(#"{"A":"5","B":"2"}"#))
  }

  /// Upstream's escapes: line feeds, backslashes, and characters after them.
  @Test(arguments: [
    (#"\n"#, #"\n"#), (#"\\n"#, #"\\n"#), (#"\\"#, #"\\"#), (#"\\\n"#, #"\\\n"#), (#"a\n\nb\n"#, #"a\n\nb\n"#),
    (#"\r\n"#, "\r\\n"),
    (#"\t"#, "\t"), (#"\"\\\""#, #"\"\\\""#), ("$`'", #"\$\`'"#),
  ])
  func escapes(_ value: String, _ text: String) throws {
    let env = try Self.env(#"{"env":[{"key":"A","value":"\#(value)"}]}"#)
    #expect(env.text.storage == utf8("A=\"\(text)\"\n"))
    #expect(env.json.storage == utf8(#"{"A":"\#(value)"}"#))
  }

  /// Names that are not allowed may be malformed, because they are not used.
  @Test func foreignNames() throws {
    #expect(
      try Self.env(#"{"env":[{"key":"a b","value":"\u0000"},{"value":"1","key":"A"}]}"#).text.storage == utf8("A=\"1\"\n"))
  }

  @Test(arguments: [
    "", "[]", "{}", #"{"env":{}}"#, #"{"env":null}"#, #"{"env":[],"env":[]}"#, #"{"env":[1]}"#, #"{"env":[{}]}"#,
    #"{"env":[{"key":"A"}]}"#, #"{"env":[{"value":""}]}"#, #"{"env":[{"key":"A","value":1}]}"#,
    #"{"env":[{"key":"A","key":"B","value":""}]}"#, #"{"env":[{"key":"A","value":"","value":""}]}"#,
    #"{"env":[{"key":"A","value":"x\u0000y"},{"key":"A","value":"2"}]}"#, #"{"env":[{"key":"A"},{"key":"A","value":"2"}]}"#,
    #"{"env":[{"key":"A","value":"x\u0000y"}]}"#, #"{"env":[]} x"#,
  ])
  func refused(_ plain: String) { #expect(failureText { _ = try Self.env(plain) } != nil) }

  @Test(arguments: ["", "1A", "A-B", "A B", "A=B", "é", "A\n"])
  func badName(_ name: String) {
    let escaped = name.replacing("\n", with: "\\n")
    #expect(
      failureText { _ = try Self.env(#"{"env":[{"key":"\#(escaped)","value":""}]}"#, [name]) }
        == "a variable's name is not [A-Za-z_][A-Za-z0-9_]*")
  }

  @Test func limits() throws {
    let name = String(repeating: "N", count: Limits.envName)
    _ = try Self.env(#"{"env":[{"key":"\#(name)","value":""}]}"#, [name])
    #expect(
      failureText { _ = try Self.env(#"{"env":[{"key":"\#(name)N","value":""}]}"#, [name + "N"]) }
        == "the name of a variable is longer than 255 bytes")
    let value = String(repeating: "v", count: Limits.envValue)
    #expect(try Self.env(#"{"env":[{"key":"A","value":"\#(value)"}]}"#).text.count == value.utf8.count + 5)
    #expect(
      failureText { _ = try Self.env(#"{"env":[{"key":"A","value":"\#(value)v"}]}"#) }
        == "the value of a variable is longer than 128 KiB")
    _ = try Self.env(count: Limits.envVariables)
    #expect(failureText { _ = try Self.env(count: Limits.envVariables + 1) } == "there are more than 1024 variables")
  }
}
