import Foundation
import Testing

@testable import agent

/// A log's deadlines, by the loop's clock: the tests wait for nothing.
struct LogRequestTests {
  /// What `start` was called with, and how often `done` was called.
  private final class Calls {
    var starts: [AgentError.Kind?] = []
    var ends = 0
  }

  /// A request to an engine that says nothing by itself; each test writes its answers.
  private final class Fixture {
    let loop = try! Loop()
    let calls = Calls()
    let stream: BodyStream
    let request: LogRequest
    /// The engine's answers go in here.
    private let input: OpenFile

    init(follows: Bool) throws {
      let pipe = try RelayPipe()
      stream = BodyStream(isEndless: follows)
      input = pipe.input
      request = LogRequest(
        pipe.output, loop, follows: follows, isFramed: true, sink: LogWriter(stream, Logs.Form()),
        start: { [calls] in calls.starts.append($0?.kind) }, done: { [calls] in calls.ends += 1 })
      loop.add(request)
    }

    deinit {
      loop.stop()
      loop.run(isIdle: { true })
    }

    /// Milliseconds from the loop's time to the deadline.
    var patience: Int64 { request.deadline - loop.now }

    /// A round of the loop that does not wait.
    func turn() {
      loop.add(Alarm(0))
      loop.turn()
    }

    /// A round in which the deadline has passed.
    func reachDeadline() {
      request.deadline = loop.now
      loop.turn()
    }
  }

  private static let frame: [UInt8] = [1, 0, 0, 0, 0, 0, 0, 1, 0x78]

  /// A follower gets its head after a second. The log ends without an error once the container has been silent for 600 s.
  @Test func silentFollow() throws {
    let fixture = try Fixture(follows: true)
    #expect(fixture.patience == 1_000)
    fixture.reachDeadline()
    #expect(fixture.calls.starts == [nil] && fixture.calls.ends == 0)
    #expect(fixture.patience == 600_000)
    fixture.request.deadline = fixture.loop.now + 60_000
    fixture.turn()
    #expect(!fixture.request.isFinished && !fixture.stream.isEnded)
    fixture.reachDeadline()
    #expect(fixture.request.isFinished && fixture.stream.isEnded && !fixture.stream.isBroken)
    #expect(fixture.calls.starts == [nil] && fixture.calls.ends == 1)
  }

  /// Any output starts the 600 s again.
  @Test func followThatSpeaks() throws {
    let fixture = try Fixture(follows: true)
    fixture.request.answered(200)
    #expect(fixture.calls.starts == [nil] && fixture.patience == 600_000)
    fixture.request.deadline = fixture.loop.now + 1
    fixture.request.received(Self.frame)
    #expect(fixture.patience == 600_000)
  }

  /// Silence in the middle of a frame is an error.
  @Test func silenceInAFrame() throws {
    let fixture = try Fixture(follows: true)
    fixture.request.answered(200)
    fixture.request.received(Array(Self.frame.dropLast()))
    fixture.reachDeadline()
    #expect(fixture.stream.isEnded && fixture.stream.isBroken && fixture.calls.ends == 1)
  }

  /// The engine is not blamed for a slow reader.
  @Test(arguments: [(true, 600_000), (false, 5_000)] as [(Bool, Int64)])
  func slowReader(_ follows: Bool, _ patience: Int64) throws {
    let fixture = try Fixture(follows: follows)
    fixture.request.answered(200)
    while !fixture.stream.isFull { fixture.request.received(Self.frame) }
    #expect(fixture.request.isPaused && fixture.request.deadline == Int64.max)
    _ = fixture.stream.take()
    #expect(!fixture.request.isPaused && fixture.patience == patience)
  }

  /// A log that exists already is given up after 5 s, before it begins and in its middle.
  @Test(arguments: [false, true])
  func silentLog(_ hasBegun: Bool) throws {
    let fixture = try Fixture(follows: false)
    #expect(fixture.patience == 5_000)
    if hasBegun {
      fixture.request.answered(200)
      #expect(fixture.patience == 5_000)
    }
    fixture.reachDeadline()
    #expect(fixture.calls.starts == (hasBegun ? [nil] : [.unavailable]))
    #expect(fixture.stream.isEnded && fixture.stream.isBroken && fixture.calls.ends == 1)
  }
}
