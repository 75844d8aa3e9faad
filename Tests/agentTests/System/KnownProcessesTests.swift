import Foundation
import Testing

@testable import agent

final class KnownProcessesTests {
  private let known = KnownProcesses()
  private var living: [Int32: Int32] = [:]

  deinit { for end in living.values { close(end) } }

  /// Remembers a process, with a pipe for its handle.
  private func add(_ pid: Int32, _ group: String, now: Int64 = 0) throws {
    var ends: [Int32] = [-1, -1]
    try #require(pipe(&ends) == 0)
    known.add(pid, Descriptor(owning: ends[0]), utf8(group), now: now)
    living[pid] = ends[1]
  }

  /// Makes its handle readable.
  private func end(_ pid: Int32) { close(living.removeValue(forKey: pid)!) }

  private func group(_ pid: Int32, now: Int64 = 0) -> String? {
    known.group(of: pid, now: now).map { String(decoding: $0, as: Unicode.UTF8.self) }
  }

  @Test func untilItIsGone() throws {
    try add(1, "one")
    try add(2, "two")
    #expect(group(1) == "one" && group(2) == "two" && group(3) == nil)
    end(1)
    #expect(group(1) == nil && group(2) == "two")
    // its ID is reused
    try add(1, "other")
    #expect(group(1) == "other")
  }

  /// It may move to another group.
  @Test func forATime() throws {
    try add(1, "one", now: 5)
    #expect(group(1, now: 5 + Limits.knownProcess - 1) == "one")
    #expect(group(1, now: 5 + Limits.knownProcess) == nil)
    #expect(group(1, now: 5) == nil)
  }

  @Test func asManyAsTheLimitAndOneMore() throws {
    let count = Int32(Limits.knownProcesses)
    for pid in 1...count { try add(pid, "\(pid)") }
    for pid in 1...count { #expect(group(pid) == "\(pid)") }
    try add(count + 1, "more")
    #expect(group(1) == nil && group(2) == "2" && group(count + 1) == "more")
  }
}
