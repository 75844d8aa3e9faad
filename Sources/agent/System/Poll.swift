import CSystem

/// poll(2).
struct Poll {
  static let readable = Int16(POLLIN)
  static let writable = Int16(POLLOUT)
  /// Reported unasked: the peer is gone, or the descriptor is bad.
  static let gone = Int16(POLLHUP) | Int16(POLLERR) | Int16(POLLNVAL)

  private var entries: [pollfd] = []
  /// The entry of each that was added; nil for those without a descriptor.
  private var places: [Int?] = []

  mutating func removeAll() {
    entries.removeAll(keepingCapacity: true)
    places.removeAll(keepingCapacity: true)
  }

  /// Nothing ever happens to a negative descriptor. It gets no entry: poll(2) refuses more of them than the process may have
  /// descriptors.
  mutating func add(_ descriptor: Int32, _ events: Int16) {
    places.append(descriptor < 0 ? nil : entries.count)
    if descriptor >= 0 { entries.append(pollfd(fd: descriptor, events: events, revents: 0)) }
  }

  /// Waits until something happens, at most `timeout` milliseconds (−1: without end). False if a signal came first.
  mutating func wait(_ timeout: Int32) -> Bool { poll(&entries, nfds_t(entries.count), timeout) >= 0 }

  /// Waits for one descriptor alone; false when `deadline`, a time of `Clock.monotonic`, has passed.
  static func wait(_ descriptor: Int32, for events: Int16, until deadline: Int64) -> Bool {
    var entry = pollfd(fd: descriptor, events: events, revents: 0)
    while true {
      let left = deadline - Clock.monotonic()
      if left <= 0 { return false }
      if poll(&entry, 1, Int32(clamping: left)) > 0 { return true }
    }
  }

  /// What happened to the one that was added as number `index`.
  subscript(index: Int) -> Int16 { places[index].map { entries[$0].revents } ?? 0 }
}
