/// Reports the service's state to the supervisor (sd_notify(3)), and feeds its watchdog from the loop: a stuck loop feeds nothing. The loop
/// never waits for the supervisor: what does not fit is sent a little later. Does nothing without NOTIFY_SOCKET.
final class Notify: EventSource {
  private static let feed: StaticString = "WATCHDOG=1\n"

  private let loop: Loop
  /// A path, or `@` and an abstract name; empty without a supervisor.
  private let address: [UInt8]
  /// Milliseconds between two feeds.
  private let interval: Int64
  private var nextFeed = Int64.max
  private var unsent: [UInt8] = []

  /// From the environment; removes the variables.
  convenience init(_ loop: Loop) {
    let address = Environment.take("NOTIFY_SOCKET") ?? []
    let (period, process) = (Environment.take("WATCHDOG_USEC"), Environment.take("WATCHDOG_PID"))
    let isOurs = process == nil || process.flatMap(parseDecimal) == UInt64(Process.id)
    self.init(loop, address, watchdog: isOurs ? period.flatMap(parseDecimal) ?? 0 : 0)
  }

  /// `watchdog` is how many microseconds the supervisor waits for a feed; 0 if it has no watchdog.
  init(_ loop: Loop, _ address: [UInt8], watchdog: UInt64) {
    self.loop = loop
    self.address = address
    // two feeds per period
    interval = watchdog == 0 || address.isEmpty ? Int64.max : Int64(max(1, watchdog / 2000))
    super.init(nil)
    if interval < Int64.max { nextFeed = loop.now }
    deadline = nextFeed
  }

  /// Sends assignments, one per line.
  func tell(_ lines: StaticString) {
    if address.isEmpty { return }
    unsent += lines
    send()
  }

  override func expired() {
    if nextFeed <= loop.now {
      nextFeed = loop.now + interval
      if !unsent.suffix(Self.feed.utf8CodeUnitCount).matches(Self.feed) { unsent += Self.feed }
    }
    deadline = nextFeed
    send()
  }

  private func send() {
    if unsent.isEmpty { return }
    if case .wouldBlock = Sockets.notify(address, unsent) {
      deadline = min(deadline, loop.now + Limits.notifyPause)
    } else {
      unsent = []
    }
  }
}
