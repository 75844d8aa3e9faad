import Testing

@testable import agent

struct JSONObjectTests {
  private static func object(_ text: String, foreign: StaticString? = nil) -> JSONObject {
    JSONObject(utf8(text), foreign: foreign, known: ["a", "b", "c"])
  }

  private static func failure(_ object: JSONObject) -> String? { failureText { try object.finish() } }

  @Test func values() throws {
    let object = Self.object(#" { "a" : "x\u00e9" , "b" : 18446744073709551615, "c":true, "d":{"a":1} } "#)
    #expect(object.text("a") == utf8("xé"))
    #expect(object.secret("a")?.storage == utf8("xé"))
    #expect(object.number("b") == UInt64.max)
    #expect(object.flag("c") == true)
    #expect(object.isText("a") && !object.isText("b"))
    try object.finish()
    let lists = Self.object(#"{"a":["x",""],"b":["00ff","0x01"],"c":"0xAB"}"#)
    #expect(lists.texts("a") == [utf8("x"), []])
    #expect(lists.hexList("b") == [[0, 255], [1]])
    #expect(lists.hex("c") == [0xab])
    #expect(lists.elements("a") == [6, 10])
    try lists.finish()
  }

  @Test func absent() throws {
    let object = Self.object(#"{"a":null}"#)
    #expect(object.text("b") == nil && object.flag("b") == nil && object.number("b") == nil && object.texts("b") == nil)
    #expect(object.hex("b") == nil && object.secret("b") == nil && object.elements("b") == nil && !object.isText("b"))
    #expect(object.text("a", orNull: true) == nil && object.flag("a", orNull: true) == nil)
    try object.finish()
    _ = object.text("a")
    #expect(Self.failure(object)?.hasPrefix("a: expected a JSON string") == true)
  }

  /// What was wrong first is what is told.
  @Test func firstFailure() {
    let object = Self.object(#"{"a":1,"b":"x"}"#)
    object.fail("c", "is odd")
    #expect(object.text("a") == nil)
    #expect(object.missing("b") == [])
    #expect(Self.failure(object) == "c: is odd")
    #expect(Self.failure(Self.object(#"{"a":1,"a":1}"#)) == "a: is given twice")
    #expect(Self.failure(Self.object(#"{"d":1,"d":1}"#)) == nil)
    #expect(Self.failure(Self.object(#"{"d":1}"#, foreign: "is foreign")) == "is foreign")
    #expect(Self.failure(Self.object("{} x")) != nil)
    let hex = Self.object(#"{"a":"0","b":["zz"]}"#)
    #expect(hex.hex("a") == [])
    #expect(Self.failure(hex) == "a: is not hex")
  }

  /// A member's object tells its failures by the one around it.
  @Test func nested() {
    let object = Self.object(#"{"a":{"x":{"y":1}},"b":null}"#)
    #expect(object.object("b", orNull: true, known: []) == nil)
    let inner = object.object("a", known: ["x"])?.object("x", foreign: "is foreign", known: ["z"])
    #expect(inner?.number("z") == nil)
    #expect(Self.failure(object) == "a: x: is foreign")
    let other = Self.object(#"{"a":[]}"#)
    #expect(other.object("a", known: []) != nil)
    #expect(Self.failure(other)?.hasPrefix("a: expected a JSON object") == true)
  }

  @Test func elements() {
    let object = Self.object(#"{"a":[{"b":1}, 2],"b":{},"c":[01]}"#)
    let text = utf8(#"{"a":[{"b":1}, 2]}"#)
    #expect(object.elements("a")?.count == 2)
    #expect(JSONObject(text, at: 6, known: ["b"]).number("b") == 1)
    #expect(object.elements("b") == [])
    #expect(Self.failure(object) != nil)
  }
}
