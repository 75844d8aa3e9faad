/// Who may still write to the runtime event log, which has one room for all until the machine is started anew.
struct LogShares {
  /// Of each caller, the bytes that it has written since this process started.
  private var written: [(peer: Peer, bytes: Int)] = []

  /// Whether a caller may write `count` bytes to a log that has `used` of them. Groups share the log, and the users of a group share
  /// what it may have.
  func allow(_ count: Int, by peer: Peer, used: Int) -> Bool {
    let group = written.reduce(0) { $0 + ($1.peer.group == peer.group ? $1.bytes : 0) }
    let user = written.reduce(0) { $0 + ($1.peer == peer ? $1.bytes : 0) }
    return Self.fits(count, own: group, used: used, of: Limits.runtimeLog)
      && Self.fits(count, own: user, used: group, of: Limits.runtimeLog / 4 * 3)
  }

  /// Counts what was written. Callers beyond `Limits.logWriters` have one account.
  mutating func add(_ count: Int, by peer: Peer) {
    if let index = written.firstIndex(where: { $0.peer == peer }) {
      written[index].bytes += count
    } else if written.count < Limits.logWriters {
      written.append((peer, count))
    } else {
      written[Limits.logWriters - 1].bytes += count
    }
  }

  /// Three quarters of a room may be one's own, and the last quarter is for those who hold less than a sixteenth.
  private static func fits(_ count: Int, own: Int, used: Int, of room: Int) -> Bool {
    own + count <= room / 4 * 3 && (used + count <= room / 4 * 3 || own + count <= room / 16)
  }
}
