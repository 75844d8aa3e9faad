import Testing

@testable import agent

struct AppEnvironmentTests {
  private static let path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\0"

  @Test func none() throws { #expect(try AppEnvironment.parse(utf8("{}")) == utf8(Self.path)) }

  @Test func some() throws {
    let json = #"{"A":"1","B_2":"a=\n \u00e9","EMPTY":""}"#
    #expect(try AppEnvironment.parse(utf8(json)) == utf8("A=1\0B_2=a=\n é\0EMPTY=\0" + Self.path))
  }

  @Test func aPathOfItsOwn() throws {
    #expect(try AppEnvironment.parse(utf8(#"{"PATH":"/app","PATHS":"x"}"#)) == utf8("PATH=/app\0PATHS=x\0"))
  }

  /// The owner's variables override those of settings, except for PATH.
  @Test(arguments: [
    ("A=1\0PATH=/p\0", [], "A=1\0PATH=/p\0"), ("A=1\0PATH=/p\0", ["A=2", "B=3"], "A=1\0PATH=/p\0B=3\0"),
    ("A=1\0PATH=/p\0AB=2\0", ["PATH=/q", "AB"], "A=1\0AB=2\0PATH=/q\0"),
  ])
  func joined(_ sent: String, _ settings: [String], _ expected: String) {
    #expect(AppEnvironment.joined(utf8(sent), over: settings.map { utf8($0) }) == utf8(expected))
  }

  @Test(arguments: [
    "", "[]", "{", #"{"A":1}"#, #"{"A":null}"#, #"{"":"x"}"#, #"{"A=B":"x"}"#, #"{"A\u0000":"x"}"#, #"{"A":"x\u0000y"}"#,
    #"{"A":"x"}{"#,
  ])
  func refused(_ json: String) { #expect(refusal { _ = try AppEnvironment.parse(utf8(json)) } == .invalid) }
}
