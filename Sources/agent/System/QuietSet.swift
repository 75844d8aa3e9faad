import CSystem

/// Descriptors on which little happens, and a timer, in an epoll(7) set. poll(2) takes time for each of its entries, and more to start and
/// stop a timer in each wait; with the set, all these are one entry, and the timer runs on.
struct QuietSet: ~Copyable {
  private let epoll: Descriptor
  private let timer: Descriptor
  /// When the timer ends; `Int64.max` if it does not run.
  private var end = Int64.max

  /// Throws if the kernel gives no more descriptors.
  init() throws(AgentError) {
    let epoll = try Descriptor(taking: sys_quiet_set(), "no epoll set")
    let timer = try Descriptor(taking: sys_timer(), "no timer")
    try Errno.check(sys_quiet_add(epoll.number, timer.number, Poll.readable), "no epoll set")
    self.epoll = epoll
    self.timer = timer
  }

  /// Readable while something has happened that is not handled.
  var descriptor: Int32 { epoll.number }

  /// Watches a descriptor. False if the kernel does not: for a file, and where there is no room, as it limits what the sets of a user hold
  /// (/proc/sys/fs/epoll/max_user_watches).
  func add(_ descriptor: Int32, _ events: Int16) -> Bool { sys_quiet_add(epoll.number, descriptor, events) == 0 }

  /// Watches it for other events, or for none but `Poll.gone`.
  func change(_ descriptor: Int32, _ events: Int16) { sys_quiet_change(epoll.number, descriptor, events) }

  /// Watches it no longer. To close it would not do that if another process has it open too.
  func remove(_ descriptor: Int32) { sys_quiet_remove(epoll.number, descriptor) }

  /// Makes the set readable at this time of `Clock.monotonic`, which is above 0, unless an earlier one is set.
  mutating func wake(at time: Int64) {
    if time >= end { return }
    end = time
    sys_timer_set(timer.number, time)
  }

  /// Reports descriptors of which something has happened, and what; not all if there are many, but each has its turn.
  @inline(never)
  mutating func look(_ report: (_ descriptor: Int32, _ happened: Int16) -> Void) {
    var ready = [pollfd](repeating: pollfd(), count: 8)
    let count = sys_quiet_ready(epoll.number, &ready, 8)
    for entry in ready.prefix(max(0, Int(count))) {
      if entry.fd == timer.number {
        end = Int64.max
        sys_timer_set(entry.fd, 0)
      } else {
        report(entry.fd, entry.revents)
      }
    }
  }
}
