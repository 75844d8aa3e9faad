import Foundation
import Testing

@testable import agent

struct ListenerTests {
  private static let request = "GET /x HTTP/1.1\r\nHost: a\r\n\r\n"

  private static func ok(_ exchange: Exchange) { exchange.answer(.text(bytes("ok"))) }

  @Test func atTheLimitAndOneAbove() throws {
    let harness = try Harness(handler: Self.ok)
    var clients = try (0..<Limits.connections).map { _ in try harness.connect() }
    for client in clients { client.send(Self.request) }
    #expect(harness.run { clients.allSatisfy { $0.text.hasSuffix("\r\n\r\nok") } })

    let refused = try harness.connect()
    #expect(harness.run { refused.isEnded })
    #expect(
      refused.text == """
        HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nContent-Length: 32\r\nRetry-After: 1\r\n\
        Connection: close\r\n\r\n{"error":"too many connections"}
        """)

    // the others are still served
    for client in clients {
      client.forget()
      client.send(Self.request)
    }
    #expect(harness.run { clients.allSatisfy { $0.text.hasSuffix("\r\n\r\nok") } })

    // a place that becomes free is given away again
    clients.removeLast().leave()
    harness.loop.turn()
    // the connection notices, and leaves
    harness.loop.turn()
    let late = try harness.connect()
    late.send(Self.request)
    #expect(harness.run { late.text.hasSuffix("\r\n\r\nok") })
    #expect(late.text.hasPrefix("HTTP/1.1 200 OK\r\n"))
  }

  /// Who is refused once is refused again, but only until a place is free.
  @Test func refusedAgainAndThenNot() throws {
    let harness = try Harness(handler: Self.ok)
    var clients = try (0..<Limits.connections).map { _ in try harness.connect() }
    for client in clients { client.send(Self.request) }
    #expect(harness.run { clients.allSatisfy { $0.text.hasSuffix("\r\n\r\nok") } })
    for _ in 0..<2 {
      for _ in 0..<3 {
        let refused = try harness.connect()
        #expect(harness.run { refused.isEnded })
        #expect(refused.text.hasPrefix("HTTP/1.1 503 "))
      }
      clients.removeLast().leave()
      harness.loop.turn()
      harness.loop.turn()
      clients.append(try harness.connect())
      clients.last?.send(Self.request)
      #expect(harness.run { clients.last!.text.hasSuffix("\r\n\r\nok") })
    }
  }

  private final class Time {
    private var now: Int64 = 0
    /// By how much each look at it moves it; 0 if it is the real time.
    var step: Int64 = 0
    func look() -> Int64 {
      now = step > 0 ? now + step : max(now, Clock.monotonicMicroseconds())
      return now
    }
  }

  /// A round refuses until that has taken its time; those that are left have to wait for the next.
  @Test(arguments: [
    (Limits.refusing, 1), (Limits.refusing - 1, 2), (Limits.refusing / 2, 2), (Limits.refusing / 2 - 1, 3),
  ])
  func refusing(_ cost: Int64, _ count: Int) throws {
    let time = Time()
    let harness = try Harness(try Loop(clock: time.look), handler: Self.ok)
    let clients = try (0..<Limits.connections).map { _ in try harness.connect() }
    for client in clients { client.send(Self.request) }
    #expect(harness.run { clients.allSatisfy { $0.text.hasSuffix("\r\n\r\nok") } })
    let refused = try (0..<4).map { _ in try harness.connect() }
    time.step = cost
    for round in 1...4 {
      harness.loop.turn(until: harness.loop.now)
      #expect(harness.listener.traffic.errors == UInt64(min(4, round * count)))
    }
    time.step = 0
    #expect(harness.run { refused.allSatisfy(\.isEnded) })
  }

  /// If one leaves and another arrives in the same round, the newcomer gets the free place.
  @Test func leaversGoFirst() throws {
    let harness = try Harness(handler: Self.ok)
    let clients = try (0..<Limits.connections).map { _ in try harness.connect() }
    for client in clients { client.send(Self.request) }
    #expect(harness.run { clients.allSatisfy { $0.text.hasSuffix("\r\n\r\nok") } })
    clients[0].leave()
    harness.loop.turn()
    let newcomer = try harness.connect()
    newcomer.send(Self.request)
    #expect(harness.run { newcomer.text.hasSuffix("\r\n\r\nok") || newcomer.isEnded })
    #expect(newcomer.text.hasPrefix("HTTP/1.1 200 OK\r\n"))
  }

  /// More newcomers at once than a round accepts.
  @Test func manyAtOnce() throws {
    let harness = try Harness(handler: Self.ok)
    let clients = try (0..<2 * Limits.acceptBatch + 1).map { _ in try harness.connect() }
    for client in clients { client.send(Self.request) }
    #expect(harness.run { clients.allSatisfy { $0.text.hasSuffix("\r\n\r\nok") } })
  }

  /// Connections that wait for an answer are served, idle ones are closed, and new ones find nobody.
  @Test func stops() throws {
    let harness = try Harness { exchange in if exchange.request.path == [bytes("x")] { Self.ok(exchange) } }
    let idle = try harness.connect()
    idle.send(Self.request)
    let waiting = try harness.connect()
    waiting.send("GET /later HTTP/1.1\r\nHost: a\r\n\r\n")
    let unfinished = try harness.connect()
    unfinished.send("GET /x HT")
    // all three were sent in one round: when the first is answered, the others have been read
    #expect(harness.run { harness.exchanges.count == 2 && idle.text.hasSuffix("ok") })

    harness.stop()
    #expect(harness.run { idle.isEnded })
    #expect(!waiting.isEnded && !unfinished.isEnded && !harness.listener.isEmpty)
    #expect(throws: CocoaError.self) { try harness.connect() }
    #expect(!FileManager.default.fileExists(atPath: String(decoding: harness.path, as: Unicode.UTF8.self)))

    for exchange in harness.exchanges { exchange.answer(.text(bytes("last"))) }
    unfinished.send("TP/1.1\r\nHost: a\r\n\r\n")
    #expect(harness.run { waiting.isEnded && unfinished.isEnded })
    #expect(waiting.text.hasSuffix("Connection: close\r\n\r\nlast") && waiting.brokenBy == nil)
    #expect(unfinished.text.hasSuffix("Connection: close\r\n\r\nok") && unfinished.brokenBy == nil)
    #expect(harness.run { harness.listener.isEmpty })
  }

  @Test func manyConnectionsOneAfterTheOther() throws {
    let harness = try Harness(handler: Self.ok)
    for _ in 0..<3 * Limits.connections {
      let client = try harness.connect()
      client.send(Self.request)
      client.endWriting()
      #expect(harness.run { client.isEnded })
      #expect(client.text.hasSuffix("\r\n\r\nok") && client.brokenBy == nil)
    }
    #expect(harness.run { harness.listener.isEmpty })
  }
}
