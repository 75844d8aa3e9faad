import CSystem

/// poll(2).
struct Poll {
  /// Events to wait for.
  static let readable = Int16(POLLIN)
  static let writable = Int16(POLLOUT)
  /// Always reported: the peer is gone, or the descriptor is bad.
  static let gone = Int16(POLLHUP) | Int16(POLLERR) | Int16(POLLNVAL)

  private var entries: [pollfd] = []

  /// Empties the list and keeps its memory.
  mutating func removeAll() { entries.removeAll(keepingCapacity: true) }

  /// Adds an entry. One with a negative descriptor never has events. poll(2) fails if there are more entries than the process may
  /// have descriptors (RLIMIT_NOFILE).
  mutating func add(_ descriptor: Int32, _ events: Int16) { entries.append(pollfd(fd: descriptor, events: events, revents: 0)) }

  /// Changes what entry number `index` waits for.
  mutating func set(_ index: Int, _ descriptor: Int32, _ events: Int16) {
    entries[index].fd = descriptor
    entries[index].events = events
  }

  /// Says what has happened for entry number `index`.
  mutating func set(_ index: Int, happened: Int16) { entries[index].revents = happened }

  /// Looks for what has happened, or waits for it, and returns for how many entries; 0 also if a signal came first.
  mutating func look(andWait waits: Bool) -> Int {
    let count = poll(&entries, nfds_t(entries.count), waits ? -1 : 0)
    if count >= 0 { return Int(count) }
    for index in entries.indices { entries[index].revents = 0 }
    return 0
  }

  /// The first entry, from `index` on, for which something happened.
  func next(from index: Int) -> Int? {
    var index = index
    while index < entries.count {
      if entries[index].revents != 0 { return index }
      index += 1
    }
    return nil
  }

  /// What happened for entry number `index`.
  subscript(index: Int) -> Int16 { entries[index].revents }

  /// The same, and clears it.
  mutating func take(_ index: Int) -> Int16 {
    let happened = entries[index].revents
    entries[index].revents = 0
    return happened
  }

  /// Whether a single descriptor is readable now; false for a negative one, true if poll(2) fails.
  static func isReadable(_ descriptor: Int32) -> Bool {
    var entry = pollfd(fd: descriptor, events: readable, revents: 0)
    return poll(&entry, 1, 0) != 0
  }

  /// Waits for a single descriptor; false if `deadline`, a time of `Clock.monotonic`, passes first.
  static func wait(_ descriptor: Int32, for events: Int16, until deadline: Int64) -> Bool {
    var entry = pollfd(fd: descriptor, events: events, revents: 0)
    while true {
      let left = deadline - Clock.monotonic()
      if left <= 0 { return false }
      if poll(&entry, 1, Int32(clamping: left)) > 0 { return true }
    }
  }
}
