import Testing

@testable import agent

struct JSONFieldReaderTests {
  private static func read(_ text: String) throws(AgentError) -> EveryField {
    var message = EveryField()
    try JSONFieldReader(Array(text.utf8)).fill(&message)
    return message
  }

  @Test(arguments: [
    ("{}", EveryField()), (" { } \n", EveryField()),
    (
      "{\"name\":\"a\",\"data\":\"00fF\",\"flag\":true,\"limit\":7,\"names\":[\"x\",\"\",\"é\"]}",
      EveryField(name: "a", data: [0, 0xff], flag: true, limit: 7, names: ["x", "", "é"])
    ),
    // any order; every field at its default
    ("{\"limit\":1,\"flag\":false,\"name\":\"z\"}", EveryField(name: "z", limit: 1)),
    ("{\"name\":\"\",\"data\":\"\",\"flag\":false,\"limit\":null,\"names\":[]}", EveryField()),
    ("{\"name\":\"\\u0041\\ud83d\\ude00\\u0000\"}", EveryField(name: "A😀\0")),
    ("{\"\\u006eame\":\"a\"}", EveryField(name: "a")),
    // bytes
    ("{\"data\":\"0x\"}", EveryField()), ("{\"data\":\"0x0A\"}", EveryField(data: [10])),
    ("{\"data\":\"DEADbeef\"}", EveryField(data: [0xde, 0xad, 0xbe, 0xef])),
    // uint64
    ("{\"limit\":0}", EveryField(limit: 0)), ("{\"limit\":18446744073709551615}", EveryField(limit: UInt64.max)),
    ("{\"limit\":\"0\"}", EveryField(limit: 0)), ("{\"limit\":\"18446744073709551615\"}", EveryField(limit: UInt64.max)),
    ("{\"limit\":\"\\u0037\"}", EveryField(limit: 7)),
    // null counts as absent
    ("{\"name\":null,\"data\": null,\"flag\":null,\"limit\":null,\"names\":null}", EveryField()),
    ("{\"names\":null,\"name\":\"a\"}", EveryField(name: "a")),
    // unknown fields, whatever is in them
    ("{\"other\":{\"a\":1,\"a\":2,\"name\":null},\"name\":\"a\",\"other\":[[],-1.5e3]}", EveryField(name: "a")),
    ("{\"Name\":1,\"NAME\":2,\"name \":3,\"nam\":4,\"names2\":5,\"\":6}", EveryField()), ("{\"x\":\"\\ud800\"}", EveryField()),
  ])
  func accepted(_ text: String, _ message: EveryField) throws { #expect(try Self.read(text) == message) }

  @Test(arguments: [
    // no object
    "", " ", "null", "[]", "\"\"", "1", "{}{}", "{} x", "{", "[{}]", "\u{feff}{}",
    // a known field twice, also under another spelling, also with the same value
    "{\"name\":\"a\",\"name\":\"a\"}", "{\"data\":\"\",\"data\":\"\"}", "{\"flag\":true,\"flag\":true}",
    "{\"limit\":1,\"limit\":1}", "{\"limit\":null,\"limit\":1}", "{\"limit\":\"1\",\"limit\":1}",
    "{\"name\":null,\"name\":null}",
    "{\"names\":[],\"names\":null}",
    "{\"names\":[],\"names\":[]}", "{\"name\":\"a\",\"x\":{},\"\\u006eame\":\"b\"}",
    // other types
    "{\"names\":[null]}", "{\"name\":nul}", "{\"name\":nulll}", "{\"name\":NULL}", "{\"name\":1}",
    "{\"name\":true}", "{\"name\":[\"a\"]}",
    "{\"name\":{}}", "{\"data\":[0,1]}", "{\"data\":1}", "{\"flag\":1}", "{\"flag\":\"true\"}", "{\"flag\":0}",
    "{\"limit\":true}", "{\"names\":\"a\"}",
    "{\"names\":{}}", "{\"names\":[1]}", "{\"names\":[[\"a\"]]}", "{\"names\":{\"0\":\"a\"}}",
    // bytes
    "{\"data\":\"0\"}", "{\"data\":\"0x0\"}", "{\"data\":\"0X00\"}", "{\"data\":\"0g\"}", "{\"data\":\" 00\"}",
    "{\"data\":\"00 \"}", "{\"data\":\"0x0x00\"}", "{\"data\":\"é\"}",
    // uint64
    "{\"limit\":18446744073709551616}", "{\"limit\":-1}", "{\"limit\":-0}", "{\"limit\":1.0}", "{\"limit\":1e3}",
    "{\"limit\":01}", "{\"limit\":+1}", "{\"limit\":\"\"}", "{\"limit\":\" 1\"}", "{\"limit\":\"-1\"}", "{\"limit\":\"+1\"}",
    "{\"limit\":\"1.0\"}",
    "{\"limit\":\"0x1\"}", "{\"limit\":\"18446744073709551616\"}", "{\"limit\":\"1}", "{\"limit\":\"null\"}",
    // text that is used
    "{\"name\":\"\\ud800\"}", "{\"names\":[\"\\udc00\"]}", "{\"\\ud800\":1}",
    // malformed values of unknown fields
    "{\"x\":}", "{\"x\":tru}", "{\"x\":[1,]}", "{\"x\":\"\\q\"}", "{\"x\":01}", "{\"x\" 1}",
  ])
  func refused(_ text: String) { #expect(refusal { _ = try Self.read(text) } == .invalid) }

  /// A wrong type is reported as such, with the field's name.
  @Test(arguments: [
    ("{\"name\":1}", "name: expected a JSON string at byte 8"),
    ("{\"name\":[\"a\"]}", "name: expected a JSON string at byte 8"),
    ("{\"data\":{}}", "data: expected a JSON string at byte 8"), ("{\"data\":\"0g\"}", "data: a bytes field is not hex"),
    ("{\"flag\":\"true\"}", "flag: expected true or false at byte 8"),
    ("{\"flag\":0}", "flag: expected true or false at byte 8"),
    ("{\"limit\":true}", "limit: expected an unsigned 64-bit integer at byte 9"),
    ("{\"limit\":[]}", "limit: expected an unsigned 64-bit integer at byte 9"),
    ("{\"limit\":-1}", "limit: expected an unsigned 64-bit integer at byte 9"),
    ("{\"limit\":\"x\"}", "limit: expected an unsigned 64-bit integer at byte 9"),
    ("{\"names\":{}}", "names: expected a JSON array at byte 9"),
    ("{\"names\":[null]}", "names: expected a JSON string at byte 10"),
    ("{\"name\":\"a\",\"name\":\"a\"}", "name: a field is given twice"),
    ("{\"other\":tru}", "expected true or false at byte 9"),
    ("[]", "expected a JSON object at byte 0"),
  ])
  func reasons(_ text: String, _ reason: String) { #expect(failureText { _ = try Self.read(text) } == reason) }

  /// So that a large body cannot consist of very many small fields.
  @Test func manyFields() throws {
    func fields(_ count: Int) -> String { "{" + (0..<count).map { "\"x\($0)\":0" }.joined(separator: ",") + "}" }
    func names(_ count: Int) -> String {
      "{\"names\":[" + [String](repeating: "\"\"", count: count).joined(separator: ",") + "]}"
    }
    #expect(try Self.read(fields(Limits.callFields)) == EveryField())
    #expect(failureText { _ = try Self.read(fields(Limits.callFields + 1)) } == "too many fields in one call")
    #expect(try Self.read(names(Limits.callFields - 1)).names.count == Limits.callFields - 1)
    #expect(failureText { _ = try Self.read(names(Limits.callFields)) } == "names: too many fields in one call")
  }

  @Test func everyPrefixIsRefused() throws {
    let text = "{\"name\":\"a\",\"data\":\"00ff\",\"flag\":true,\"limit\":7,\"names\":[\"x\"],\"x\":{\"y\":[null]}}"
    #expect(try Self.read(text) == EveryField(name: "a", data: [0, 0xff], flag: true, limit: 7, names: ["x"]))
    for count in 0..<text.utf8.count { #expect(refusal { _ = try Self.read(String(text.prefix(count))) } == .invalid) }
  }

  /// The object itself is one level; depth in fields that nobody knows counts as well.
  @Test(arguments: [(31, true), (32, false)]) func depth(_ levels: Int, _ isAllowed: Bool) {
    let text = "{\"x\":" + String(repeating: "[", count: levels) + String(repeating: "]", count: levels) + "}"
    #expect((refusal { _ = try Self.read(text) } == nil) == isAllowed)
  }
}
