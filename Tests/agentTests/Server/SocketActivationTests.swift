import Foundation
import Testing

@testable import agent

struct SocketActivationTests {
  /// The apps' and the legacy descriptor, then the unused ones.
  private static func choose(_ count: String, _ names: String = "") throws -> [Int32?] {
    let sockets = try SocketActivation(count: Array(count.utf8), names: Array(names.utf8))
    return [sockets.apps, sockets.tappd] + sockets.unused.map { $0 }
  }

  @Test(
    arguments: [
      ("0", "", [nil, nil]), ("1", "", [3, nil]), ("2", "", [3, 4]), ("3", "", [3, 4, 5]),
      ("2", "dstack-guest-agent.socket:dstack-guest-agent.socket", [3, 4]),
      ("2", "tappd:dstack", [4, 3]), ("2", "tappd.socket:dstack.socket", [4, 3]), ("1", "tappd", [nil, 3]),
      ("3", "other:dstack:dstack", [4, nil, 3, 5]), ("2", "dstack", [3, nil, 4]), ("1", "dstack:tappd", [3, nil]),
      ("2", "::", [3, 4]), ("2", ":tappd", [nil, 4, 3]), ("1", "Dstack", [3, nil]),
    ] as [(String, String, [Int32?])])
  func chooses(count: String, names: String, expected: [Int32?]) throws {
    #expect(try Self.choose(count, names) == expected)
  }

  @Test func names() throws {
    let sockets = try SocketActivation(count: utf8("5"), names: utf8("quote:external:guest-api:dstack:quote"))
    #expect(sockets.quote == 3 && sockets.external == 4 && sockets.guestAPI == 5 && sockets.apps == 6 && sockets.tappd == nil)
    #expect(sockets.unused == [7])
    let machine = try SocketActivation(count: utf8("5"), names: utf8("dstack:tappd:quote:external:programs:guest-api"))
    #expect(machine.programs == 7 && machine.guestAPI == nil && machine.unused.isEmpty)
    let one = try SocketActivation(count: utf8("1"), names: utf8("external"))
    #expect(one.apps == nil && one.external == 3)
  }

  @Test func atTheLimitAndOneAbove() throws {
    #expect(try Self.choose("\(Limits.activatedSockets)").count == Limits.activatedSockets)
    for count in ["\(Limits.activatedSockets + 1)", "", "-1", "+1", "1x", "18446744073709551616"] {
      #expect(throws: AgentError.self) { try Self.choose(count) }
    }
  }

  /// A descriptor that does not listen is refused, as is one that is not open.
  @Test func adopts() throws {
    let directory = try temporaryDirectory()
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let listener = try Sockets.listen(unix: Array("\(directory)/socket".utf8)).release()
    let other = dup(listener)
    #expect(try Sockets.adopt(other).number == other)
    let pair = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    #expect(throws: AgentError.self) { _ = try Sockets.adopt(pair).number }
    close(pair)
    close(listener)
    #expect(throws: AgentError.self) { _ = try Sockets.adopt(1 << 20).number }
  }

  @Test func takesVariables() {
    setenv("AGENT_TEST_TAKEN", "a=b", 1)
    #expect(Environment.take("AGENT_TEST_TAKE") == nil)
    #expect(Environment.take("AGENT_TEST_TAKEN") == bytes("a=b"))
    #expect(getenv("AGENT_TEST_TAKEN") == nil && getenv("PATH") != nil)
    #expect(Environment.take("AGENT_TEST_TAKEN") == nil)
  }
}
