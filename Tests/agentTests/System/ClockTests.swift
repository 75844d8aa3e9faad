import Testing

@testable import agent

struct ClockTests {
  /// The product replaces a division: the results are the same up to the end of its range.
  @Test func thousandth() {
    for power in 0..<56 {
      for near in -2...2 as ClosedRange<Int64> {
        let time = max(0, (1 << power) + near)
        if time <= 47_000_000_000_000_000 { #expect(Clock.thousandth(time) == time / 1000) }
        let multiple = max(0, time / 1000 * 1000 + near)
        if multiple <= 47_000_000_000_000_000 { #expect(Clock.thousandth(multiple) == multiple / 1000) }
      }
    }
    #expect(Clock.thousandth(46_999_999_999_999_999) == 46_999_999_999_999)
  }
}
