import Testing

@testable import agent

/// Both parsers of the channel: each reads what the other end writes, and anything else breaks a rule.
struct MessagesTests {
  private static let container = utf8("web-1_a.b")
  private static let selection = LogSelection(since: 1, until: UInt64.max, tail: nil, follows: true, hasTimestamps: true)

  @Test func questionsComeAsTheyWent() throws {
    for (question, data) in [
      (Question.pong, []), (.counters, []), (.powerOff, []), (.healthFile, []), (.project, []), (.nameServers, []),
      (.compose, []),
      (.state, [1, 2, 3, 0xff]), (.attestation, [0]), (.attestation, [1]),
      (.events, [UInt8](0..<12)),
    ] as [(Question, [UInt8])] {
      let message = ChannelMessage.encode(question.rawValue, 0xffff_fffe, data)
      let parsed = try FrontMessage(parsing: message)
      #expect(parsed.question == question && parsed.number == 0xffff_fffe && parsed.data == data)
      #expect(refusal { _ = try FrontMessage(parsing: message + [0]) } == .invalid)
      for count in 0..<message.count {
        #expect(refusal { _ = try FrontMessage(parsing: Array(message[..<count])) } == .invalid)
      }
    }
  }

  @Test(arguments: [
    (Question.list, [], "json?all=1"),
    (
      .list, utf8("a b\"é"),
      "json?all=1&filters=%7b%22label%22%3a%5b%22com.docker.compose.project%3da%20b%5c%22%5cu00e9%22%5d%7d"
    ),
    (.inspection, container, "web-1_a.b/json"), (.logInspection, container, "web-1_a.b/json"),
    (.log, LogSelection().encoded + container, "web-1_a.b/logs?stdout=1&stderr=1&tail=1000"),
    (
      .log, selection.encoded + container,
      "web-1_a.b/logs?stdout=1&stderr=1&follow=1&timestamps=1&since=1&until=18446744073709551615"
    ),
  ])
  func targets(_ question: Question, _ data: [UInt8], _ target: String) throws {
    let parsed = try FrontMessage(parsing: ChannelMessage.encode(question.rawValue, 1, data))
    #expect(parsed.data == utf8("/containers/" + target))
  }

  @Test(arguments: [
    "", "00", "00000000000000", "0001000000000000", "0000000100000000", "0c00000000000000",
    "ff00000000000000", "07000000000000000000", "0800000000000000",
    "080000000000000002", "08000000000000000000", "0c000000000000000000000000000000000000", "0d00000000000000",
    "0e00000000000000", "0a00000000000000", "0b00000000000000",
    // names: a path, an escape, an empty one, one of 256 bytes
    "0a00000000000000" + "2e2e", "0a00000000000000" + "612f62", "0a00000000000000" + "612541",
    "0a00000000000000" + String(repeating: "61", count: 256),
    // a project that is not text
    "0900000000000000ff",
    // a log without all of its numbers
    "0b00000000000000" + "00" + "01000000",
  ])
  func noQuestion(_ digits: String) {
    #expect(refusal { _ = try FrontMessage(parsing: octets(digits)) } == .invalid)
  }

  /// The limit, and one above.
  @Test func longNames() {
    let questions = [
      (Question.list, Limits.projectName), (.inspection, Limits.containerName), (.logInspection, Limits.containerName),
    ]
    for (question, limit) in questions {
      for (count, expected) in [(limit, nil), (limit + 1, .invalid)] as [(Int, AgentError.Kind?)] {
        let name = [UInt8](repeating: 0x61, count: count)
        #expect(refusal { _ = try FrontMessage(parsing: ChannelMessage.encode(question.rawValue, 1, name)) } == expected)
      }
    }
  }

  @Test func answersComeAsTheyWent() throws {
    for (kind, passes, data) in [
      (KeeperMessage.Kind.ping, false, []), (.stop, false, []), (.file, true, []), (.pipe, true, []), (.answer, false, []),
      (.answer, false, [1, 2]), (.failure, false, [3] + utf8("too much")),
    ] as [(KeeperMessage.Kind, Bool, [UInt8])] {
      let message = ChannelMessage.encode(kind.rawValue, 7, data)
      let parsed = try KeeperMessage(parsing: message, passes: passes)
      #expect(parsed.kind == kind && parsed.number == 7 && parsed.data == data)
      // a descriptor too many, or one too few
      #expect(refusal { _ = try KeeperMessage(parsing: message, passes: !passes) } == .invalid)
    }
  }

  @Test(arguments: ["", "0000000007000000ff", "0600000007000000", "0500000007000000", "050000000700000006", "0401000007000000"])
  func noAnswer(_ digits: String) {
    #expect(refusal { _ = try KeeperMessage(parsing: octets(digits), passes: false) } == .invalid)
  }

  /// A failure's text is bounded and printable, like any error's.
  @Test func failures() throws {
    let text = [UInt8](repeating: 0x0a, count: AgentError.textLimit)
    let parsed = try KeeperMessage(parsing: ChannelMessage.encode(5, 1, [0] + text), passes: false)
    #expect(parsed.error?.text == text.map { _ in UInt8(ascii: "?") } && parsed.error?.kind == .invalid)
    #expect(refusal { _ = try KeeperMessage(parsing: ChannelMessage.encode(5, 1, [0, 0] + text), passes: false) } == .invalid)
  }

  @Test func counters() throws {
    let traffic = Traffic("internal")
    _ = traffic.count(.ok)
    _ = traffic.count(.failed)
    traffic.connections = 3
    let counters = Counters(
      quotes: 1, quoteTime: 2, quoteQueue: 3, events: UInt64.max, longestRound: 5, listeners: [ListenerCounts(traffic)])
    let parsed = try #require(Counters(counters.encoded))
    #expect(parsed.encoded == counters.encoded)
    #expect(
      parsed.listeners[0].name == utf8("internal") && parsed.listeners[0].requests == 2 && parsed.listeners[0].errors == 1)
    for count in 0..<counters.encoded.count where count != 40 { #expect(Counters(Array(counters.encoded[..<count])) == nil) }
  }
}
