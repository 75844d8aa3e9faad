import Testing

@testable import agent

/// How the serving agent reads app-compose.json; the startup reads it as `AppCompose`.
struct AppDescriptionTests {
  @Test func values() throws {
    let app = try AppDescription(utf8(#"{"name":"a","public_logs":true,"x":1}"#))
    #expect(app.name == utf8("a") && app.visibility.logs && app.visibility.tcbInfo)
    #expect(app.compose.bytes == utf8(#"{"name":"a","public_logs":true,"x":1}"#))
  }

  /// Not an object, or a member of the wrong type.
  @Test(arguments: ["", " ", "null", "[]", "{", #"{"public_tcbinfo":0}"#]) func refused(_ text: String) {
    #expect(failureText { _ = try AppDescription(utf8(text)) } != nil)
  }

  /// Whether or not the agent reads the member, and whatever escapes its name has.
  @Test(arguments: [
    #""x":1,"x":1"#, #""x":1,"\u0078":2"#, #""x":null,"y":0,"x":{}"#, #""":1,"":2"#, #""é":1,"\u00e9":2"#,
    #""\ud83e\udd80":1,"🦀":1"#,
  ])
  func membersThatAreGivenTwice(_ members: String) throws {
    #expect(failureText { _ = try AppDescription(utf8("{\(members)}")) } == "a member is given twice")
    #expect(failureText { _ = try compose(members) } == "a member is given twice")
    // within a member, repetitions are not checked
    _ = try AppDescription(utf8(#"{"z":{\#(members)}}"#))
    _ = try compose(#""z":[{\#(members)}]"#)
  }

  @Test func knownMembersThatAreGivenTwice() {
    #expect(
      failureText { _ = try AppDescription(utf8(#"{"y":1,"y":1,"public_logs":true,"public_log\u0073":true}"#)) }
        == "public_logs: is given twice")
  }

  @Test func neighbours() throws {
    _ = try AppDescription(utf8(#"{"x":1,"X":1,"x ":1,"x\u0000":1,"é":1,"e\u0301":1}"#))
  }
}
