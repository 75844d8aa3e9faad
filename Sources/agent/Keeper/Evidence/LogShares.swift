/// Who may still write to the runtime event log, whose room all share until the machine restarts. The log does not say who wrote
/// what. A file beside it does, with a record for each event measured for a caller, so shares outlast this process.
struct LogShares {
  /// Bytes of a record: the size of the event's line (4), the user (4), and the group (8).
  private static let recordSize = 16

  /// The bytes that each account has written.
  private var written: [(peer: Peer, bytes: Int)] = []
  private let file: [UInt8]

  /// Reads the file; starts from nothing if there is none, or if it is not ours.
  init(file: [UInt8]) {
    self.file = file
    guard let records = try? Descriptor(file, .readingOwn).readAll(upTo: Limits.runtimeLog) else { return }
    if records.count % Self.recordSize == 0 {
      add(records)
    } else {
      Log.warning(bytes("the shares of the event log are lost: ", file) + " is damaged")
      _ = try? Descriptor(file, .replacing)
    }
  }

  /// Whether a caller may write `count` bytes to a log that has `used` bytes. Groups share the log; the users of a group share
  /// what the group may have. The last quarter is for those who are not gone.
  func allow(_ count: Int, by peer: Peer, used: Int) -> Bool {
    if peer.isGone, used + count > Limits.runtimeLog / 4 * 3 { return false }
    let account = account(of: peer)
    let group = written.reduce(0) { $0 + ($1.peer.group == account.group ? $1.bytes : 0) }
    let user = written.reduce(0) { $0 + ($1.peer == account ? $1.bytes : 0) }
    return Self.fits(count, own: group, used: used, of: Limits.runtimeLog)
      && Self.fits(count, own: user, used: group, of: Limits.runtimeLog / 4 * 3)
  }

  /// The record of an event whose line has `count` bytes.
  static func record(_ count: Int, by peer: Peer) -> [UInt8] {
    LittleEndian.encode(UInt32(count)) + LittleEndian.encode(peer.user) + LittleEndian.encode(peer.group)
  }

  /// Appends a record to the file, for later processes.
  func note(_ record: [UInt8]) { try? Descriptor(file, .appending).write(record) }

  /// Counts what was written, from its records.
  mutating func add(_ records: [UInt8]) {
    var reader = LittleEndianReader(records)
    while let count = reader.uint32(), let user = reader.uint32() {
      add(Int(count), by: Peer(group: reader.uint64(), user: user))
    }
  }

  private mutating func add(_ count: Int, by peer: Peer) {
    let account = account(of: peer)
    if let index = written.firstIndex(where: { $0.peer == account }) {
      written[index].bytes += count
    } else {
      written.append((account, count))
    }
  }

  /// The account that a caller is charged to: its own; once there are `Limits.logWriters`, one for the others of its group; once there are
  /// twice as many, one for all others. So nobody is charged for another group, and no group is without an account because
  /// another one has many users.
  private func account(of peer: Peer) -> Peer {
    let others = Peer(group: peer.group, user: .max)
    if written.count < Limits.logWriters || has(peer) { return peer }
    return written.count < 2 * Limits.logWriters || has(others) ? others : Peer(group: .max, user: .max)
  }

  private func has(_ account: Peer) -> Bool { written.contains { $0.peer == account } }

  /// One account may fill up to three quarters of the room. The last quarter is for accounts with at most a sixteenth.
  private static func fits(_ count: Int, own: Int, used: Int, of room: Int) -> Bool {
    own + count <= room / 4 * 3 && (used + count <= room / 4 * 3 || own + count <= room / 16)
  }
}
