import Foundation
import Testing

@testable import agent

/// Calls with large bodies, in children. Part of the suite whose children run one after another.
extension JobsTests {
  /// Says what it was given, and which process made it.
  private struct Echo: ReplyMessage {
    let name: [UInt8]
    let process = decimal(getpid())
    func write(_ fields: FieldWriter) {
      fields.string("name", 1, name)
      fields.string("process", 2, process)
    }
  }

  private final class Fixture {
    let loop = try! Loop()
    let jobs: Jobs
    let calls: LargeCalls
    let service: Service
    /// What `Later` was given.
    var names: [[UInt8]] = []

    init(_ key: borrowing Secret) {
      jobs = Jobs(loop)
      calls = LargeCalls(loop, jobs, lending: key.source)
      service = Service(calls)
      let key = key.source
      service.add("Whole", .whole) { (call) in
        call.reply { () throws(AgentError) in Echo(name: (try call.arguments() as EveryField).name) }
      }
      service.add("Key", .wholeByKey) { (call) in
        call.reply { () throws(AgentError) in
          let _: EveryField = try call.arguments()
          return Echo(name: key.plain())
        }
      }
      service.add("NoKey", .whole) { (call) in
        call.reply { () throws(AgentError) in
          let _: EveryField = try call.arguments()
          return Echo(name: key.plain())
        }
      }
      service.add("Later", .reduced) { [unowned self] (call) throws(AgentError) in
        let arguments: EveryField = try call.arguments()
        names.append(arguments.name)
        call.reply { Echo(name: arguments.name) }
      }
      service.add("Quoting", .whole) { (call) in
        call.reply { () throws(AgentError) in
          let arguments: EveryField = try call.arguments()
          throw AgentError(.invalid, bytes("no such: ") + arguments.name, quotesFrom: 9) as AgentError
          return Echo(name: [])
        }
      }
      service.add("Ignored") { (call) in call.reply { Echo(name: []) } }
      service.add("Forgotten", .whole) { (_) in }
      warmUpWorkers()
    }

    func begin(_ method: String, _ body: [UInt8], json: Bool = true) -> Exchange {
      var request = Request()
      request.method = .post
      request.hasJSONBody = json
      request.body = body
      let exchange = Exchange(request)
      service.answer(exchange, method: Array(method.utf8)[...])
      return exchange
    }

    func answer(_ method: String, _ body: [UInt8], json: Bool = true) throws -> Response {
      let exchange = begin(method, body, json: json)
      #expect(loop.turn { exchange.response != nil })
      return try #require(exchange.response)
    }
  }

  /// A body of so many bytes.
  private static func padded(_ text: String, to size: Int = Limits.largeBody + 1) -> [UInt8] {
    Array(text.utf8) + [UInt8](repeating: 0x20, count: size - text.utf8.count)
  }

  private static func text(_ response: Response) -> String { String(decoding: response.body.storage, as: Unicode.UTF8.self) }

  @Test func aLargeBodyIsWorkedOnInAChild() throws {
    let fixture = Fixture(try Secret(count: 1))
    let here = "{\"name\":\"a\",\"process\":\"\(getpid())\"}"
    let most = try fixture.answer("Whole", Self.padded("{\"name\":\"a\"}", to: Limits.largeBody))
    #expect(Self.text(most) == here)
    let response = try fixture.answer("Whole", Self.padded("{\"name\":\"a\"}"))
    #expect(response.status == .ok && response.contentType == .json)
    #expect(Self.text(response).hasPrefix("{\"name\":\"a\",\"process\":\"") && Self.text(response) != here)
    let binary = try fixture.answer(
      "Whole", [0x0a, 1, 0x61, 0x12, 0x80, 0x80, 4] + [UInt8](repeating: 7, count: 65536), json: false)
    #expect(binary.contentType == .binary && binary.body.storage.starts(with: [0x0a, 1, 0x61, 0x12]))
    #expect(fixture.jobs.running(.call) == 0)
  }

  /// The method runs here, with what is left of the arguments; and not at all before.
  @Test func theParentGoesOn() throws {
    let fixture = Fixture(try Secret(count: 1))
    let exchange = fixture.begin("Later", Self.padded("{\"name\":\"a\\u00e9\"}"))
    #expect(exchange.response == nil && fixture.names == [] && exchange.request.body == [])
    #expect(fixture.loop.turn { exchange.response != nil })
    #expect(Self.text(try #require(exchange.response)) == "{\"name\":\"a\\u00e9\",\"process\":\"\(getpid())\"}")
    #expect(fixture.names == [bytes("aé")])
    let long = try fixture.answer("Later", Array("{\"name\":\"\(String(repeating: "b", count: 1 << 19))\"}".utf8))
    #expect(long.status == .ok && fixture.names.last?.count == Limits.argument)
  }

  @Test func errorsAreTheSame() throws {
    let fixture = Fixture(try Secret(count: 1))
    for method in ["Whole", "Later", "Quoting"] {
      for body in ["{\"name\":1}", "{\"name\":\"\\ud800\"}", "{\"name\":\"a\"}x", "{\"name\":\"a\",\"name\":\"b\"}", "[]"] {
        for json in [true, false] {
          let small = try fixture.answer(method, Array(body.utf8) + [0x20], json: json)
          let large = try fixture.answer(method, Self.padded(body), json: json)
          #expect(large.status == small.status && small.status == .badRequest, "\(method) \(body)")
          #expect(large.contentType == small.contentType && large.failure == small.failure)
          #expect(large.body.storage == small.body.storage, "\(method) \(body)")
        }
      }
    }
    let quoting = try fixture.answer("Quoting", Self.padded("{\"name\":\"x\"}"))
    #expect(Self.text(quoting) == "{\"error\":\"no such: x\"}" && quoting.failure == bytes("no such: "))
    #expect(fixture.names == [])
  }

  /// A body that nobody reads takes no child.
  @Test func ignoredBodies() throws {
    let fixture = Fixture(try Secret(count: 1))
    let exchange = fixture.begin("Ignored", Self.padded("{"))
    #expect(Self.text(try #require(exchange.response)) == "{\"name\":\"\",\"process\":\"\(getpid())\"}")
  }

  /// A child has the key only if its method needs it, and the key is lent only while that child is forked.
  @Test func theKeyIsLent() throws {
    let secret = try Secret(copying: bytes("key")).alone()
    let fixture = Fixture(secret)
    #expect(Self.text(try fixture.answer("Key", Self.padded("{}"))).hasPrefix("{\"name\":\"key\""))
    #expect(try fixture.answer("NoKey", Self.padded("{}")).status == .failed)
    #expect(Self.text(try fixture.answer("Key", Self.padded("{}"))).hasPrefix("{\"name\":\"key\""))
    let flags = mappingFlags(
      at: secret.withUnsafeBytes { UInt(bitPattern: $0) }, try Files.read(bytes("/proc/self/smaps"), limit: 16 << 20))
    #expect(flags.contains("dc"))
  }

  @Test func aCallThatComesToNothing() throws {
    let fixture = Fixture(try Secret(count: 1))
    #expect(try fixture.answer("Forgotten", Self.padded("{}")).status == .failed)
  }

  /// One after the other, and none for a caller that has gone.
  @Test func callersThatHaveGone() throws {
    let fixture = Fixture(try Secret(count: 1))
    let exchanges = (0..<4).map { fixture.begin("Later", Self.padded("{\"name\":\"\($0)\"}")) }
    #expect(fixture.jobs.running(.call) == 1)
    exchanges[0].abandon()
    exchanges[2].abandon()
    #expect(fixture.loop.turn { exchanges[3].response != nil })
    #expect(fixture.names == [bytes("1"), bytes("3")])
  }

  /// Each group of callers in its turn, whatever another one has waiting.
  @Test func inTurn() throws {
    let fixture = Fixture(try Secret(count: 1))
    func add(_ name: String, by group: String) {
      var request = Request()
      (request.method, request.hasJSONBody, request.body) = (.post, true, Self.padded("{\"name\":\"\(name)\"}"))
      let exchange = Exchange(request)
      exchange.begin(for: Caller(Peer(group: Array(group.utf8), user: 0)))
      fixture.service.answer(exchange, method: bytes("Later")[...])
    }
    for name in ["a", "b", "c", "d"] { add(name, by: "one") }
    add("z", by: "two")
    #expect(fixture.loop.turn { fixture.names.count == 5 })
    #expect(fixture.names.map { String(decoding: $0, as: Unicode.UTF8.self) } == ["a", "z", "b", "c", "d"])
  }

  /// What cannot begin in time is refused.
  @Test func refusedInTime() throws {
    let fixture = Fixture(try Secret(count: 1))
    let exchanges = (0..<2).map { _ in fixture.begin("Later", Self.padded("{}")) }
    fixture.loop.stop()
    fixture.loop.run { true }
    let response = try #require(exchanges[1].response)
    #expect(response.status == .unavailable && response.retryAfter == 1)
    #expect(Self.text(response) == "{\"error\":\"too many large requests are in progress\"}")
  }
}
