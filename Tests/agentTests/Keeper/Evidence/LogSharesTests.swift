import Foundation
import Testing

@testable import agent

extension LogShares {
  fileprivate mutating func add(_ count: Int, by peer: Peer) { add(Self.record(count, by: peer)) }
}

/// How much of the runtime event log one group of callers may fill.
struct LogSharesTests {
  private static let (quarter, sixteenth) = (Limits.runtimeLog / 4, Limits.runtimeLog / 16)

  /// In a file of its own.
  private let folder: TemporaryFolder
  private let file: [UInt8]

  init() throws {
    folder = try TemporaryFolder()
    file = utf8(folder.path + "/shares")
  }

  private static func peer(_ group: UInt8, _ user: UInt32 = 0) -> Peer { Peer(group: [group], user: user) }

  @Test func threeQuartersForAGroup() {
    var shares = LogShares(file: file)
    // its users share in the same way
    let own = 3 * Self.quarter / 4 * 3
    #expect(shares.allow(own, by: Self.peer(1), used: 0) && !shares.allow(own + 1, by: Self.peer(1), used: 0))
    shares.add(own, by: Self.peer(1))
    #expect(!shares.allow(1, by: Self.peer(1), used: own))
    let rest = 3 * Self.quarter / 16
    #expect(shares.allow(rest, by: Self.peer(1, 1), used: own) && !shares.allow(rest + 1, by: Self.peer(1, 1), used: own))
    for user in 1...4 { shares.add(rest, by: Self.peer(1, UInt32(user))) }
    // the group's room is used up, even for a user who has written nothing
    #expect(!shares.allow(1, by: Self.peer(1, 9), used: 3 * Self.quarter))
    #expect(shares.allow(1, by: Self.peer(2), used: 3 * Self.quarter))
  }

  @Test func theLastQuarter() {
    var shares = LogShares(file: file)
    let used = 3 * Self.quarter
    #expect(shares.allow(Self.sixteenth, by: Self.peer(2), used: used))
    #expect(!shares.allow(Self.sixteenth + 1, by: Self.peer(2), used: used))
    #expect(shares.allow(Self.sixteenth + 1, by: Self.peer(2), used: used - Self.sixteenth - 1))
    shares.add(Self.sixteenth, by: Self.peer(2))
    #expect(!shares.allow(1, by: Self.peer(2), used: used) && !shares.allow(1, by: Self.peer(2, 1), used: used))
    #expect(shares.allow(1, by: Self.peer(3), used: used))
  }

  /// The last quarter is not for those who are gone.
  @Test func gone() {
    let shares = LogShares(file: file)
    let used = 3 * Self.quarter - 1
    #expect(shares.allow(1, by: .gone, used: used) && !shares.allow(2, by: .gone, used: used))
    #expect(shares.allow(2, by: Self.peer(1), used: used))
  }

  /// Beyond the limit, the users of a group share an account. Their group is charged for it, and nobody else is.
  @Test(arguments: [0, 1]) func manyUsers(_ more: Int) {
    var shares = LogShares(file: file)
    // the last account is another group's
    for number in 0..<Limits.logWriters - 2 + more { shares.add(0, by: Self.peer(1, UInt32(number))) }
    shares.add(1, by: Self.peer(2))
    let used = 3 * Self.quarter
    #expect(shares.allow(Self.sixteenth, by: Self.peer(1, 1001), used: used))
    shares.add(1, by: Self.peer(1, 1000))
    shares.add(Self.sixteenth - 2, by: Self.peer(1, 1001))
    #expect(shares.allow(1, by: Self.peer(1, 1001), used: used) && !shares.allow(2, by: Self.peer(1, 1001), used: used))
    #expect(!shares.allow(2, by: Self.peer(1, 1002), used: used))
    #expect(shares.allow(Self.sixteenth - 1, by: Self.peer(2), used: used))
    #expect(!shares.allow(Self.sixteenth, by: Self.peer(2), used: used))
    // a group that comes later has an account all the same
    #expect(shares.allow(Self.sixteenth, by: Self.peer(3), used: used))
    shares.add(Self.sixteenth, by: Self.peer(3))
    #expect(!shares.allow(1, by: Self.peer(3), used: used) && !shares.allow(1, by: Self.peer(3, 1), used: used))
    #expect(shares.allow(Self.sixteenth, by: Self.peer(4), used: used))
    // within the group, the account's users have one share
    shares.add(used / 4 * 3 - Self.sixteenth + 1, by: Self.peer(1, 0))
    #expect(shares.allow(1, by: Self.peer(1, 1), used: 0) && !shares.allow(1, by: Self.peer(1, 1002), used: 0))
  }

  /// With as many groups again, all later ones share an account.
  @Test(arguments: [0, 1]) func manyGroups(_ more: Int) {
    var shares = LogShares(file: file)
    let group = { (number: UInt64) in Peer(group: number, user: 0) }
    for number in 1..<2 * Limits.logWriters + more { shares.add(1, by: group(UInt64(number))) }
    let used = 3 * Self.quarter
    shares.add(Self.sixteenth, by: group(1000))
    #expect(!shares.allow(1, by: group(1000), used: used))
    #expect(shares.allow(1, by: group(1001), used: used) == (more == 0))
    #expect(shares.allow(Self.sixteenth - 1, by: group(511), used: used))
  }

  /// Another process finds what was noted, whoever asks first.
  @Test(arguments: [0, 1, 300]) func restarts(_ others: Int) throws {
    let record = { LogShares.record($0, by: Self.peer($1, $2)) }
    var shares = LogShares(file: file)
    for record in (0..<others).map({ record(1, 9, UInt32($0)) }) + [record(Self.sixteenth - 1, 2, 0)] {
      shares.note(record)
      shares.add(record)
    }
    // counted in this process only
    shares.add(record(1, 2, 0))
    #expect(!shares.allow(1, by: Self.peer(2), used: 3 * Self.quarter))
    shares = LogShares(file: file)
    #expect(try folder.read("shares").count == 16 * (others + 1) && folder.mode("shares") == 0o600)
    #expect(shares.allow(1, by: Self.peer(2), used: 3 * Self.quarter))
    #expect(!shares.allow(2, by: Self.peer(2), used: 3 * Self.quarter))
    #expect(!shares.allow(2, by: Self.peer(2, 1), used: 3 * Self.quarter))
    #expect(shares.allow(2, by: Self.peer(3), used: 3 * Self.quarter))
  }

  /// A file that cannot be ours is started afresh.
  @Test func damage() throws {
    let record = LogShares.record(Self.sixteenth, by: Self.peer(2))
    try folder.write("shares", record + [0])
    var shares = LogShares(file: file)
    #expect(shares.allow(1, by: Self.peer(2), used: 3 * Self.quarter))
    #expect(try folder.read("shares").isEmpty)
    shares.note(record)
    shares = LogShares(file: file)
    #expect(!shares.allow(1, by: Self.peer(2), used: 3 * Self.quarter))
    // a link is not followed
    #expect(symlink(folder.path + "/shares", folder.path + "/link") == 0)
    #expect(LogShares(file: utf8(folder.path + "/link")).allow(1, by: Self.peer(2), used: 3 * Self.quarter))
  }

  /// No line is longer than the estimate of its size.
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
