import Testing

@testable import agent

struct JSONObjectTests {
  private static func object(_ text: String, foreign: StaticString? = nil) -> JSONObject {
    JSONObject(utf8(text), foreign: foreign)
  }

  private static func failure(_ object: JSONObject) -> String? { failureText { try object.finish() } }

  @Test func values() throws {
    let object = Self.object(#" { "a" : "x\u00e9" , "b" : 18446744073709551615, "c":true, "d":{"a":1} } "#)
    #expect(object.text("a") == utf8("xé"))
    #expect(object.secret("a")?.storage == utf8("xé"))
    #expect(object.number("b") == UInt64.max)
    #expect(object.flag("c") == true)
    #expect(object.isText("a") && !object.isText("b"))
    #expect(object.count == 4)
    try object.finish()
    let lists = Self.object(#"{"a":["x",""],"b":["00ff","0x01"],"c":"0xAB"}"#)
    #expect(lists.texts("a") == [utf8("x"), []])
    #expect(lists.hexList("b") == [[0, 255], [1]])
    #expect(lists.hex("c") == [0xab])
    try lists.finish()
  }

  @Test(arguments: ["{}", #"{"a":null}"#, #"{"a": null }"#, #"{"\u0061":null}"#])
  func absent(_ text: String) throws {
    let object = Self.object(text)
    #expect(object.text("a") == nil && object.flag("a") == nil && object.number("a") == nil && object.texts("a") == nil)
    #expect(object.hex("a") == nil && object.hexList("a") == nil && object.secret("a") == nil && object.object("a") == nil)
    #expect(!object.isText("a"))
    try object.finish()
    #expect(object.missing("a") == [])
    #expect(Self.failure(object) == "a: is missing")
  }

  @Test func emptyText() throws {
    #expect(Self.failure(Self.object("")) != nil)
    let object = JSONObject(ifAny: [])
    #expect(object.text("a") == nil)
    try object.finish()
    #expect(JSONObject(ifAny: utf8(#"{"a":1}"#)).number("a") == 1)
    #expect(Self.failure(JSONObject(ifAny: utf8(" "))) != nil)
  }

  /// The first failure is the one that is reported.
  @Test func firstFailure() {
    let object = Self.object(#"{"a":1,"b":"x"}"#)
    object.fail("c", "is odd")
    #expect(object.text("a") == nil)
    #expect(object.missing("b") == [])
    #expect(String(decoding: object.firstError("b", "is even").text, as: UTF8.self) == "c: is odd")
    #expect(Self.failure(object) == "c: is odd")
    let hex = Self.object(#"{"a":"0","b":["zz"]}"#)
    #expect(hex.hex("a") == [])
    #expect(Self.failure(hex) == "a: is not hex")
    let list = Self.object(#"{"a":"0","b":["zz"]}"#)
    #expect(list.hexList("b") == [[]])
    #expect(Self.failure(list) == "b: is not hex")
    #expect(Self.failure(Self.object("{} x")) == "malformed JSON at byte 3")
  }

  /// A name that is asked for may occur only once. Names are compared after their escapes are decoded. Other names are not checked.
  @Test func twice() throws {
    for text in [#"{"a":1,"a":1}"#, #"{"a":1,"b":2,"\u0061":1}"#, #"{"a":null,"a":1}"#, #"{"a":1,"a":null}"#] {
      let object = Self.object(text)
      _ = object.number("a")
      #expect(Self.failure(object) == "a: is given twice")
      try Self.object(text).finish()
    }
    #expect(Self.object(#"{"\u0061":1}"#).number("a") == 1)
    #expect(Self.object(#"{"a\u0000":1,"A":2,"ab":3,"":4}"#).number("a") == nil)
  }

  /// A strict object may contain only what was asked for.
  @Test func foreign() throws {
    let object = Self.object(#"{"a":1,"b":null}"#, foreign: "is foreign")
    _ = object.number("a")
    // a name that was not asked for
    #expect(Self.failure(object) == "is foreign")
    let whole = Self.object(#"{"a":1,"b":null}"#, foreign: "is foreign")
    _ = (whole.number("a"), whole.text("b"), whole.text("c"))
    try whole.finish()
    try Self.object(#"{"a":1}"#).finish()
    // a wrong value is reported first
    let wrong = Self.object(#"{"b":1,"a":"x"}"#, foreign: "is foreign")
    _ = wrong.number("a")
    #expect(Self.failure(wrong)?.hasPrefix("a: ") == true)
  }

  /// A member's object reports its failures through the object around it.
  @Test func nested() throws {
    let object = Self.object(#"{"a":{"x":{"y":1}},"b":null}"#)
    #expect(object.object("b") == nil)
    let inner = object.object("a")?.object("x", foreign: "is foreign")
    #expect(inner?.number("z") == nil)
    #expect(Self.failure(object) == "a: x: is foreign")
    let other = Self.object(#"{"a":[]}"#)
    #expect(other.object("a")?.count == 0)
    #expect(Self.failure(other)?.hasPrefix("a: expected a JSON object") == true)
    let strict = Self.object(#"{"a":{"x":{"y":1}}}"#, foreign: "is foreign")
    #expect(strict.object("a")?.object("x")?.number("y") == 1)
    try strict.finish()
  }

  /// What is JSON is never called malformed.
  @Test(arguments: [
    (#""1""#, "an unsigned 64-bit integer"), ("true", "an unsigned 64-bit integer"), ("[1]", "an unsigned 64-bit integer"),
    ("-1", "an unsigned 64-bit integer"), ("1.5", "an unsigned 64-bit integer"),
    ("18446744073709551616", "an unsigned 64-bit integer"),
  ])
  func numbersOfOtherTypes(_ value: String, _ expected: String) {
    let object = Self.object("{\"a\":\(value)}")
    _ = object.number("a")
    #expect(Self.failure(object) == "a: expected \(expected) at byte 5")
  }

  @Test func presence() throws {
    let object = Self.object(#"{"a": null,"b":"null","c":{}}"#, foreign: "is foreign")
    #expect(object.has("a") && object.has("b") && object.has("c") && !object.has("d"))
    #expect(object.isNull("a") && !object.isNull("b") && !object.isNull("c") && !object.isNull("d"))
    // `has` and `isNull` count as asking
    try object.finish()
    for ask in [{ _ = $0.has("a") }, { _ = $0.isNull("a") }] as [(JSONObject) -> Void] {
      let twice = Self.object(#"{"a":1,"a":null}"#)
      ask(twice)
      #expect(Self.failure(twice) == "a: is given twice")
    }
  }

  @Test func unasked() {
    let object = Self.object(#"{"z":1,"a":{"x":{"y":1},"b\u002e":2,"c":3},"d":{"e":4},"f":{"g":5},"z":2,"n":null}"#)
    _ = (object.object("a")?.number("c"), object.object("d"), object.object("n"))
    #expect(object.unasked() == ["z", "a.x", "a.b.", "d.e", "f", "z"].map(utf8))
  }

  /// One object after another, each read in its place.
  @Test func elements() throws {
    var reader = JSONReader(utf8(#"[{"a":1}, {"a":{"a":3}} ,{}]"#))
    var elements = try reader.enterArray()
    var numbers: [UInt64?] = []
    while try reader.nextElement(&elements) {
      let object = JSONObject(&reader)
      numbers.append(object.isText("a") ? nil : object.object("a")?.number("a") ?? object.number("a"))
    }
    try reader.end()
    #expect(numbers.count == 3 && numbers[1] == 3 && numbers[2] == nil)
    guard var inside = Self.object(#"{"a":[{"b":1},2]}"#).value("a") else { Issue.record("no value"); return }
    elements = try inside.enterArray()
    #expect(try inside.nextElement(&elements))
    #expect(JSONObject(&inside).number("b") == 1)
    #expect(try inside.nextElement(&elements))
    #expect(Self.failure(JSONObject(&inside)) == "expected a JSON object at byte 14")
  }

  @Test func mostMembers() throws {
    func object(_ count: Int) -> JSONObject {
      Self.object("{" + (0..<count).map { #""m\#($0)":\#($0)"# }.joined(separator: ",") + "}")
    }
    let most = object(Limits.jsonMembers)
    #expect(most.number("m1023") == 1023)
    try most.finish()
    #expect(Self.failure(object(Limits.jsonMembers + 1)) == "a JSON object has more than 1024 members")
    #expect(object(Limits.jsonMembers + 1).number("m0") == nil)
    // an array's elements do not count as members
    try Self.object(#"{"a":["# + String(repeating: "{},", count: 5000) + "1]}").finish()
  }

  /// From locked memory, and into it.
  @Test func secrets() throws {
    func key(_ object: JSONObject, _ name: StaticString) -> [UInt8]? {
      guard let key = object.key(name) else { return nil }
      return revealed(key)
    }
    let text = try Secret(copying: utf8(#"{"a":"00fF","b":"x\ny","c":null,"d":"0","e":1}"#))
    let object = JSONObject(text.source)
    #expect(key(object, "a") == [0, 255])
    #expect(revealed(try object.pem("b")) == utf8("x\ny"))
    #expect(key(object, "c") == nil && key(object, "f") == nil)
    try object.finish()
    #expect(failureText { _ = try object.pem("c") } == "c: is missing")
    #expect(failureText { _ = try JSONObject(text.source).pem("e") }?.hasPrefix("e: expected a JSON string") == true)
    let other = JSONObject(text.source)
    #expect(key(other, "d") == nil)
    #expect(Self.failure(other) == "d: is not hex")
  }
}
