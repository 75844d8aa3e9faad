import Foundation
import Testing

@testable import agent

/// Part of the suite whose children run one after another.
extension JobsTests {
  private static func outcome(
    timeout: Int64 = 20_000, limit: Int = 9, _ work: () throws(AgentError) -> Secret
  ) -> String {
    do throws(AgentError) {
      return String(decoding: revealed(try Worker.run(timeout: timeout, limit: limit, work)), as: Unicode.UTF8.self)
    } catch {
      return "\(error.kind): \(String(decoding: error.text, as: Unicode.UTF8.self))"
    }
  }

  @Test func waitsForAWorker() {
    let pid = getpid()
    let answer = bytes("123456789")
    #expect(Self.outcome { () throws(AgentError) in try Secret(copying: getpid() == pid ? [] : answer) } == "123456789")
    #expect(Self.outcome { () throws(AgentError) in try Secret() } == "")
    #expect(Self.outcome { () throws(AgentError) in throw .unavailable("busy") } == "unavailable: busy")
    let tooMuch = answer + [0x30]
    #expect(Self.outcome { () throws(AgentError) in try Secret(copying: tooMuch) } == "failed: a worker process sent too much")
  }

  @Test func workersThatFail() throws {
    let shared = try Self.shared()
    defer { munmap(shared, 4096) }
    #expect(Self.outcome { () throws(AgentError) in _exit(0) } == "failed: a worker process died")
    let hang = Self.outcome(timeout: 20) { () throws(AgentError) in
      shared[0] = getpid()
      Self.hang()
    }
    #expect(hang == "failed: a worker process took too long")
    // it was killed, if it got far enough to run at all
    if shared[0] != 0 { #expect(try Self.endingSignal(shared[0]) == SIGKILL) }
    let flood = Self.outcome { () throws(AgentError) in
      shared[1] = getpid()
      while IO.writeAll(3, [0xff]) {}
      Self.hang()
    }
    #expect(flood == "failed: a worker process sent too much")
    #expect(try Self.endingSignal(shared[1]) == SIGKILL)
  }

  /// A worker's own worker has the copy of a key that was handed over, unless it was withheld.
  @Test(arguments: [false, true]) func handedOnOrNot(_ isWithheld: Bool) throws {
    let key = try Secret(copying: bytes("key")).handedOver()
    let outcome = Self.outcome(limit: 99) { () throws(AgentError) in
      if isWithheld { key.withhold() }
      let inner = try Worker.run(timeout: 20_000, limit: 99) { () throws(AgentError) in try Secret(copying: key.plain()) }
      return try Secret(copying: inner.plain() + key.plain())
    }
    #expect(outcome == (isWithheld ? "failed: a worker process died" : "keykey"))
  }
}
