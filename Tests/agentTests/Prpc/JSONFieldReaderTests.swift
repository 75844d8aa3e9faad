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
    "{\"limit\":1,\"limit\":1}", "{\"limit\":null,\"limit\":1}",
    "{\"names\":[],\"names\":[]}", "{\"name\":\"a\",\"x\":{},\"\\u006eame\":\"b\"}",
    // null, and other types
    "{\"name\":null}", "{\"data\":null}", "{\"flag\":null}", "{\"names\":null}", "{\"names\":[null]}", "{\"name\":1}",
    "{\"name\":true}", "{\"name\":[\"a\"]}",
    "{\"name\":{}}", "{\"data\":[0,1]}", "{\"data\":1}", "{\"flag\":1}", "{\"flag\":\"true\"}", "{\"flag\":0}",
    "{\"limit\":\"1\"}", "{\"limit\":true}", "{\"names\":\"a\"}",
    "{\"names\":{}}", "{\"names\":[1]}", "{\"names\":[[\"a\"]]}", "{\"names\":{\"0\":\"a\"}}",
    // bytes
    "{\"data\":\"0\"}", "{\"data\":\"0x0\"}", "{\"data\":\"0X00\"}", "{\"data\":\"0g\"}", "{\"data\":\" 00\"}",
    "{\"data\":\"00 \"}", "{\"data\":\"0x0x00\"}", "{\"data\":\"é\"}",
    // uint64
    "{\"limit\":18446744073709551616}", "{\"limit\":-1}", "{\"limit\":-0}", "{\"limit\":1.0}", "{\"limit\":1e3}",
    "{\"limit\":01}", "{\"limit\":+1}",
    // text that is used
    "{\"name\":\"\\ud800\"}", "{\"names\":[\"\\udc00\"]}", "{\"\\ud800\":1}",
    // malformed values of unknown fields
    "{\"x\":}", "{\"x\":tru}", "{\"x\":[1,]}", "{\"x\":\"\\q\"}", "{\"x\":01}", "{\"x\" 1}",
  ])
  func refused(_ text: String) { #expect(refusal { _ = try Self.read(text) } == .invalid) }

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
