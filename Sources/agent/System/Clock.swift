import CSystem

/// The time.
enum Clock {
  /// Milliseconds since an arbitrary start; never goes back.
  @inline(never)
  static func monotonic() -> Int64 { thousandth(monotonicMicroseconds()) }

  /// `time` / 1000, rounded down, for times from 0 to 1,500 years in microseconds. A division in code that is optimised for size takes as
  /// long as some twenty additions, and the loop does this in each round.
  static func thousandth(_ time: Int64) -> Int64 {
    Int64(truncatingIfNeeded: UInt64(bitPattern: time).multipliedFullWidth(by: UInt64.max / 1000 + 1).high)
  }

  /// The same in microseconds.
  static func monotonicMicroseconds() -> Int64 {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    return Int64(now.tv_sec) * 1_000_000 + thousandth(Int64(now.tv_nsec))
  }

  /// Waits. For processes without a loop.
  static func sleep(_ milliseconds: Int64) { poll(nil, 0, Int32(clamping: milliseconds)) }

  /// Nanoseconds since 1970-01-01T00:00:00Z; 0 before.
  static func unixNanoseconds() -> UInt64 {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    return UInt64(clamping: now.tv_sec) &* 1_000_000_000 &+ UInt64(clamping: now.tv_nsec)
  }

  /// Seconds since 1970-01-01T00:00:00Z.
  static func unix() -> Int64 { Int64(time(nil)) }
}
