/// Tells the supervisor how the service does (sd_notify(3)), and feeds its watchdog from the loop: a loop that is stuck feeds nothing.
/// The loop never waits for the supervisor: what finds no room is sent a little later. Without NOTIFY_SOCKET nothing happens.
final class Notify: EventSource {
  private static let feed: StaticString = "WATCHDOG=1\n"

  private let loop: Loop
  /// A path, or a name behind `@`; empty without a supervisor.
  private let address: [UInt8]
  /// Milliseconds between two feeds.
  private let interval: Int64
  private var nextFeed = Int64.max
  private var unsent: [UInt8] = []

  /// As this process was started. The variables are gone afterwards.
  convenience init(_ loop: Loop) {
    let address = Environment.take("NOTIFY_SOCKET") ?? []
    let (period, process) = (Environment.take("WATCHDOG_USEC"), Environment.take("WATCHDOG_PID"))
    let isOurs = process == nil || process.flatMap(parseDecimal) == UInt64(Process.id)
    self.init(loop, address, watchdog: isOurs ? period.flatMap(parseDecimal) ?? 0 : 0)
  }

  /// `watchdog` is the time in microseconds that the supervisor waits for a feed; 0 if it does not.
  init(_ loop: Loop, _ address: [UInt8], watchdog: UInt64) {
    self.loop = loop
    self.address = address
    // two feeds in the time that is given
    interval = watchdog == 0 || address.isEmpty ? Int64.max : Int64(max(1, watchdog / 2000))
    super.init(nil)
    if interval < Int64.max { nextFeed = loop.now }
    deadline = nextFeed
  }

  /// Sends assignments, a line each.
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
