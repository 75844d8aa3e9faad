import Testing

@testable import agent

/// How much of the runtime event log one group of callers may fill.
struct LogSharesTests {
  private static let (quarter, sixteenth) = (Limits.runtimeLog / 4, Limits.runtimeLog / 16)

  private static func peer(_ group: UInt8, _ user: UInt32 = 0) -> Peer { Peer(group: [group], user: user) }

  @Test func threeQuartersForAGroup() {
    var shares = LogShares()
    // its users share them in the same way
    let own = 3 * Self.quarter / 4 * 3
    #expect(shares.allow(own, by: Self.peer(1), used: 0) && !shares.allow(own + 1, by: Self.peer(1), used: 0))
    shares.add(own, by: Self.peer(1))
    #expect(!shares.allow(1, by: Self.peer(1), used: own))
    let rest = 3 * Self.quarter / 16
    #expect(shares.allow(rest, by: Self.peer(1, 1), used: own) && !shares.allow(rest + 1, by: Self.peer(1, 1), used: own))
    for user in 1...4 { shares.add(rest, by: Self.peer(1, UInt32(user))) }
    // the group's room is used up, also for a user who has written nothing
    #expect(!shares.allow(1, by: Self.peer(1, 9), used: 3 * Self.quarter))
    #expect(shares.allow(1, by: Self.peer(2), used: 3 * Self.quarter))
  }

  @Test func theLastQuarter() {
    var shares = LogShares()
    let used = 3 * Self.quarter
    #expect(shares.allow(Self.sixteenth, by: Self.peer(2), used: used))
    #expect(!shares.allow(Self.sixteenth + 1, by: Self.peer(2), used: used))
    #expect(shares.allow(Self.sixteenth + 1, by: Self.peer(2), used: used - Self.sixteenth - 1))
    shares.add(Self.sixteenth, by: Self.peer(2))
    #expect(!shares.allow(1, by: Self.peer(2), used: used) && !shares.allow(1, by: Self.peer(2, 1), used: used))
    #expect(shares.allow(1, by: Self.peer(3), used: used))
  }

  /// The last of those who are counted has what all the later ones write.
  @Test func manyWriters() {
    var shares = LogShares()
    for number in 0..<Limits.logWriters - 1 { shares.add(1, by: Self.peer(1, UInt32(number))) }
    shares.add(1, by: Self.peer(2))
    shares.add(Self.sixteenth, by: Self.peer(3))
    #expect(!shares.allow(1, by: Self.peer(2), used: 3 * Self.quarter))
    #expect(shares.allow(1, by: Self.peer(3), used: 3 * Self.quarter))
  }

  /// The estimate of a line's size is none that a line goes beyond.
  @Test(arguments: ["a", "é", "\"\\", "🦀 crab"]) func lines(_ name: String) {
    for size in [0, 1, 2, 3, 100] {
      for version in [RuntimeEvent.Version.one, .two] {
        let payload = [UInt8](repeating: 7, count: size)
        let line = RuntimeEventHistory.line(RuntimeEvent(name: utf8(name), payload: payload, version: version))
        let most = RuntimeEventHistory.lineSize(name: utf8(name), payload: payload)
        #expect(line.count <= most && most < line.count + 40)
      }
    }
  }
}
