import Testing

@testable import agent

struct ReplayTests {
  private static let events = [
    RuntimeEvent(name: utf8("a"), payload: [1], version: .one), RuntimeEvent(name: utf8("b"), payload: [], version: .one),
  ]
  private static let expected =
    utf8(#"{"events":2,"rtmr3":""#) + Hex.encode(RTMR.replay(events)) + utf8("\"}\n")

  private static func array(_ change: (String) -> String = { $0 }) -> [UInt8] {
    let lines = events.map { event in
      let digest = String(decoding: Hex.encode(event.digest), as: UTF8.self)
      let payload = String(decoding: Hex.encode(event.payload), as: UTF8.self)
      let name = String(decoding: event.name, as: UTF8.self)
      return #"{"imr":3,"event_type":134217729,"digest":"\#(digest)","event":"\#(name)","event_payload":"\#(payload)"}"#
    }
    let other = #"{"imr":0,"event_type":10,"digest":"00","event":"","event_payload":""}"#
    return utf8(change(" [" + ([other] + lines).joined(separator: ",") + "]\n"))
  }

  @Test func log() throws {
    let lines = Self.events.flatMap { RuntimeEventHistory.line($0) }
    #expect(try Replay.report(lines) == Self.expected)
    // a last line without a line feed counts
    #expect(try Replay.report(lines.dropLast()) == Self.expected)
    #expect(failureText { _ = try Replay.report(lines + utf8("x\n")) } == "the log has malformed lines")
  }

  @Test func empty() throws {
    let zeros = utf8(#"{"events":0,"rtmr3":""# + String(repeating: "0", count: 96) + "\"}\n")
    #expect(try Replay.report([]) == zeros)
    #expect(try Replay.report(utf8("[]")) == zeros)
  }

  @Test func array() throws {
    #expect(try Replay.report(Self.array()) == Self.expected)
    let digest = String(decoding: Hex.encode(Self.events[0].digest), as: UTF8.self)
    // without digests, as in certificates
    #expect(try Replay.report(Self.array { $0.replacing(digest, with: "") }) == Self.expected)
    #expect(
      failureText { _ = try Replay.report(Self.array { $0.replacing(#""event":"a""#, with: #""event":"c""#) }) }
        == "a digest does not match its event")
  }

  @Test func versionTwo() throws {
    let event = RuntimeEvent(name: utf8("a"), payload: [], version: .two)
    let digest = String(decoding: Hex.encode(event.digest), as: UTF8.self)
    let text = #"[{"imr":3,"event_type":134217729,"digest":"\#(digest)","event":"a","event_payload":"","version":2}]"#
    #expect(try Replay.report(utf8(text)) == utf8(#"{"events":1,"rtmr3":""#) + Hex.encode(RTMR.replay([event])) + utf8("\"}\n"))
    #expect(failureText { _ = try Replay.report(utf8(text.replacing(#","version":2"#, with: ""))) } != nil)
    #expect(failureText { _ = try Replay.report(utf8(text.replacing(#""version":2"#, with: #""version":3"#))) } != nil)
  }

  /// Events of RTMR3 of another type are extended by the digest that they have.
  @Test func foreignEvent() throws {
    let digest = String(repeating: "11", count: 48)
    let text = #"[{"imr":3,"event_type":1,"digest":"\#(digest)"}]"#
    let value = RTMR.extend(RTMR.zero, with: [UInt8](repeating: 0x11, count: 48))
    #expect(try Replay.report(utf8(text)) == utf8(#"{"events":1,"rtmr3":""#) + Hex.encode(value) + utf8("\"}\n"))
    #expect(failureText { _ = try Replay.report(utf8(text.replacing(digest, with: "11"))) } == "a digest is not 48 bytes")
  }

  @Test(arguments: ["[1]", "[{}]", "[", "[] x", #"[{"imr":3,"imr":3}]"#])
  func refused(_ text: String) { #expect(failureText { _ = try Replay.report(utf8(text)) } != nil) }
}
