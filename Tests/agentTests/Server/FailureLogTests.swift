import Foundation
import Testing

@testable import agent

struct FailureLogTests {
  private final class Lines {
    var lines: [String] = []
    var priorities: [Log.Priority] = []

    func log() -> FailureLog {
      FailureLog { [self] priority, text in
        priorities.append(priority)
        lines.append(String(decoding: text, as: Unicode.UTF8.self))
      }
    }
  }

  @Test func aLine() {
    let lines = Lines()
    let log = lines.log()
    log.add(.error(.badRequest, bytes("a text")), on: "internal", client: -1, now: 0)
    log.add(.error(.unavailable, bytes("b")), on: "external", client: -1, now: 0)
    #expect(
      lines.lines == [
        #"request status=400 listener=internal error="a text""#,
        #"request status=503 listener=external error="b""#,
      ])
    #expect(lines.priorities == [.notice, .warning])
  }

  @Test func tellsWhoIsThere() throws {
    var pair: [Int32] = [0, 0]
    try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &pair) == 0)
    defer { for end in pair { close(end) } }
    let lines = Lines()
    lines.log().add(.error(.notFound, bytes("t")), on: "l", client: pair[0], now: 0)
    #expect(lines.lines == [#"request status=404 listener=l uid=\#(getuid()) pid=\#(getpid()) error="t""#])

    let inet = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(inet) }
    #expect(Sockets.peer(inet) == nil)
  }

  @Test func atTheLimitAndOneAbove() {
    let lines = Lines()
    let log = lines.log()
    let response = Response.error(.badRequest, bytes("t"))
    for _ in 0..<Limits.failureLines { log.add(response, on: "l", client: -1, now: 10_000) }
    #expect(lines.lines.count == Limits.failureLines)
    for _ in 0..<3 { log.add(response, on: "l", client: -1, now: 10_999) }
    #expect(lines.lines.count == Limits.failureLines)
    // one line a second
    log.add(response, on: "l", client: -1, now: 11_000)
    log.add(response, on: "l", client: -1, now: 11_000)
    #expect(lines.lines.count == Limits.failureLines + 1)
    #expect(lines.lines.last == #"request status=400 listener=l suppressed=3 error="t""#)
    // quiet times earn no more than the limit
    for _ in 0...Limits.failureLines { log.add(response, on: "l", client: -1, now: Int64.max) }
    #expect(lines.lines.count == 2 * Limits.failureLines + 1)
  }

  /// What the connection refuses, what the handler refuses, and whom the listener turns away: a line each.
  @Test func eachFailureOnce() throws {
    let lines = Lines()
    let harness = try Harness(failures: lines.log()) { exchange in
      exchange.answer(exchange.request.path == [bytes("x")] ? .text([]) : .error(.failed, bytes("broken")))
    }
    for (request, status) in [("GET /x", "200"), ("GET /y", "500"), ("GET y", "400")] {
      let client = try harness.connect()
      client.send("\(request) HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
      #expect(harness.run { client.text.hasPrefix("HTTP/1.1 \(status) ") && client.isEnded })
    }
    let clients = try (0...Limits.connections).map { _ in try harness.connect() }
    #expect(harness.run { clients[Limits.connections].isEnded })
    let who = "uid=\(getuid()) pid=\(getpid())"
    #expect(
      lines.lines == [
        #"request status=500 listener=test \#(who) error="broken""#,
        #"request status=400 listener=test \#(who) error="malformed request target""#,
        #"request status=503 listener=test \#(who) error="too many connections""#,
      ])
  }
}
