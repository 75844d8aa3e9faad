import CFuse3
import Glibc

/// The simulator's only thread, around one poll(2). Everything runs in its callbacks, so nothing needs a lock.
final class Loop {
  private struct Watch {
    let fd: Int32
    let id: Int
    let ready: () -> Void
  }

  /// A deadline that can be cancelled.
  final class Timer {
    fileprivate let due: Int64
    fileprivate var action: (() -> Void)?

    fileprivate init(due: Int64, action: @escaping () -> Void) {
      self.due = due
      self.action = action
    }

    func cancel() { action = nil }
  }

  private var watches: [Watch] = []
  private var timers: [Timer] = []
  private var pending: [() -> Void] = []
  private var stopped = false
  private var nextID = 0

  /// Calls `ready` whenever `fd` is readable or has failed.
  func watch(_ fd: Int32, ready: @escaping () -> Void) {
    nextID += 1
    watches.append(Watch(fd: fd, id: nextID, ready: ready))
  }

  func unwatch(_ fd: Int32) { watches.removeAll { $0.fd == fd } }

  /// Calls `action` once `due` has passed, in nanoseconds of the monotonic clock.
  @discardableResult
  func at(_ due: Int64, _ action: @escaping () -> Void) -> Timer {
    let timer = Timer(due: due, action: action)
    timers.append(timer)
    return timer
  }

  /// Calls `action` once the current callback has returned.
  func soon(_ action: @escaping () -> Void) { pending.append(action) }

  func stop() { stopped = true }

  /// Runs callbacks until ``stop()``. Throws if poll(2) fails.
  func run() throws {
    while !stopped {
      while !pending.isEmpty { pending.removeFirst()() }
      timers.removeAll { $0.action == nil }
      let now = System.now()
      if let timer = timers.first(where: { $0.due <= now }) {
        let action = timer.action
        timer.cancel()
        action?()
        continue
      }
      if stopped { return }

      let current = watches
      var fds = current.map { pollfd(fd: $0.fd, events: Int16(POLLIN), revents: 0) }
      let due = timers.map(\.due).min()
      let n = sim_poll(&fds, UInt32(fds.count), due.map { max(0, $0 - now) } ?? -1)
      if n == -EINTR { continue }
      try System.check(n, "poll")
      for (watch, fd) in zip(current, fds) where fd.revents != 0 {
        // An earlier callback may have ended this watch.
        if watches.contains(where: { $0.id == watch.id }) { watch.ready() }
      }
    }
  }
}
