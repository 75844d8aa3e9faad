import Foundation
import Testing

@testable import agent

struct BuildClockTests {
  private static func check(_ text: String?, now: Int64) throws {
    let folder = try temporaryDirectory()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    if let text { try Data(text.utf8).write(to: URL(fileURLWithPath: folder + "/built")) }
    try Init.checkClock(utf8(folder + "/built"), now: now)
  }

  @Test(arguments: [1_700_000_000, 1_700_000_001, 2_147_483_648, 4_294_967_296, Int64.max])
  func later(_ now: Int64) throws { try Self.check("1700000000\n", now: now) }

  @Test(arguments: [0, 1_699_999_999, -1, Int64.min])
  func earlier(_ now: Int64) {
    #expect(failureText { try Self.check("1700000000\n", now: now) }?.hasPrefix("the clock is wrong") == true)
  }

  @Test func limit() throws {
    try Self.check("10".padding(toLength: 21, withPad: "\n", startingAt: 0), now: 10)
    #expect(refusal { try Self.check("10".padding(toLength: 22, withPad: "\n", startingAt: 0), now: 10) } != nil)
  }

  @Test func withoutAFile() throws { try Self.check(nil, now: 0) }

  @Test(arguments: ["", "x", "-1", "1 2", "18446744073709551616"])
  func noNumber(_ text: String) { #expect(refusal { try Self.check(text, now: 0) } == .invalid) }
}
