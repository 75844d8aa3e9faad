/// The control groups of the processes that connected last, so that one that connects again and again need not be looked up each time.
final class KnownProcesses {
  private final class Entry {
    let pid: Int32
    /// Readable once the process is gone. Until then its ID is not reused.
    let handle: Descriptor
    let group: UInt64
    let end: Int64

    init(_ pid: Int32, _ handle: consuming Descriptor, _ group: UInt64, _ end: Int64) {
      self.handle = handle
      (self.pid, self.group, self.end) = (pid, group, end)
    }
  }

  /// The oldest first.
  private var entries: [Entry] = []

  /// The group of a process; nil if it is not known, or gone, or was looked up longer than `Limits.knownProcess` ago, since it may
  /// have moved. Times are those of `Clock.monotonic`.
  func group(of pid: Int32, now: Int64) -> UInt64? {
    guard let index = entries.firstIndex(where: { $0.pid == pid }) else { return nil }
    let entry = entries[index]
    if now < entry.end, !Poll.isReadable(entry.handle.number) { return entry.group }
    entries.remove(at: index)
    return nil
  }

  /// Remembers a process that is not known, in place of the oldest if there are `Limits.knownProcesses`. `handle` is a pidfd.
  func add(_ pid: Int32, _ handle: consuming Descriptor, _ group: UInt64, now: Int64) {
    if entries.count == Limits.knownProcesses { entries.removeFirst() }
    entries.append(Entry(pid, handle, group, now + Limits.knownProcess))
  }
}
