import Foundation
import Testing

@testable import agent

struct BootStateTests {
  private static func events(_ names: [SystemEvent]) -> [RuntimeEvent] {
    names.map { RuntimeEvent(name: bytes($0.name), payload: [], version: .one) }
  }

  private static func state(_ names: [SystemEvent], rtmr3: [UInt8]? = nil, tail: String = "") throws -> BootState {
    let folder = try TemporaryFolder()
    let events = events(names)
    let machine = try machine(folder, rtmr3: rtmr3 ?? RTMR.replay(events))
    try FileManager.default.createDirectory(atPath: folder.path + "/log/dstack", withIntermediateDirectories: true)
    let lines = events.flatMap { RuntimeEventHistory.line($0) } + utf8(tail)
    if !lines.isEmpty { try folder.write("log/dstack/runtime_events.log", lines) }
    return try BootState(machine)
  }

  private static func obstacle(_ state: BootState) -> String? {
    state.obstacle.map { String(decoding: $0.text, as: UTF8.self) }
  }

  @Test func fresh() throws {
    let state = try Self.state([])
    #expect(!state.isReady)
    #expect(Self.obstacle(state) == nil)
  }

  @Test func done() throws {
    let state = try Self.state([.systemPreparing, .systemReady])
    #expect(state.isReady)
    #expect(Self.obstacle(state) == nil)
    // followed by an application's event
    #expect(Self.obstacle(try Self.state([.systemReady, .storageFS])) == nil)
  }

  @Test func halfWay() throws {
    let state = try Self.state([.systemPreparing])
    #expect(!state.isReady)
    #expect(
      Self.obstacle(state) == "an earlier startup of this guest stopped half-way: restart the guest")
  }

  @Test func foreignExtend() throws {
    let state = try Self.state([], rtmr3: [UInt8](repeating: 1, count: 48))
    #expect(!state.isReady)
    #expect(Self.obstacle(state) == "RTMR3 is not zero, and there is no event log: something else has extended it")
  }

  @Test func mismatch() throws {
    for names: [SystemEvent] in [[.systemPreparing], [.systemPreparing, .systemReady]] {
      let state = try Self.state(names, rtmr3: RTMR.zero)
      #expect(state.isReady == (names.count == 2))
      #expect(Self.obstacle(state) == "the event log does not reproduce RTMR3")
    }
  }

  @Test func damagedLog() throws {
    let state = try Self.state([], tail: "rubbish\n")
    #expect(!state.isReady)
    #expect(Self.obstacle(state) == "the event log has malformed lines")
  }
}
