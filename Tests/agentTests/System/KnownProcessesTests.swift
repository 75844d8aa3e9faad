import Foundation
import Testing

@testable import agent

final class KnownProcessesTests {
  private let known = KnownProcesses()
  private var living: [Int32: Int32] = [:]

  deinit { for end in living.values { close(end) } }

  /// Remembers a process, with a pipe for its handle.
  private func add(_ pid: Int32, _ group: UInt64, now: Int64 = 0) throws {
    var ends: [Int32] = [-1, -1]
    try #require(pipe(&ends) == 0)
    known.add(pid, Descriptor(owning: ends[0]), group, now: now)
    living[pid] = ends[1]
  }

  /// Makes its handle readable.
  private func end(_ pid: Int32) { close(living.removeValue(forKey: pid)!) }

  private func group(_ pid: Int32, now: Int64 = 0) -> UInt64? { known.group(of: pid, now: now) }

  @Test func untilItIsGone() throws {
    try add(1, 10)
    try add(2, 20)
    #expect(group(1) == 10 && group(2) == 20 && group(3) == nil)
    end(1)
    #expect(group(1) == nil && group(2) == 20)
    // its ID is reused
    try add(1, 11)
    #expect(group(1) == 11)
  }

  /// It may move to another group.
  @Test func forATime() throws {
    try add(1, 10, now: 5)
    #expect(group(1, now: 5 + Limits.knownProcess - 1) == 10)
    #expect(group(1, now: 5 + Limits.knownProcess) == nil)
    #expect(group(1, now: 5) == nil)
  }

  @Test func asManyAsTheLimitAndOneMore() throws {
    let count = Int32(Limits.knownProcesses)
    for pid in 1...count { try add(pid, UInt64(pid)) }
    for pid in 1...count { #expect(group(pid) == UInt64(pid)) }
    try add(count + 1, 99)
    #expect(group(1) == nil && group(2) == 2 && group(count + 1) == 99)
  }
}
