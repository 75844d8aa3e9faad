/// Who may still write to the runtime event log, which has one room for all until the machine is started anew. Who wrote what does not
/// stand there, so a file beside it has a record for each event that was measured for a caller: shares outlast this process.
struct LogShares {
  /// Bytes of a record: those of the line in four, the user in four, and of the group a part of its hash.
  private static let recordSize = 16

  /// Of each caller, by its account, the bytes that it has written.
  private var written: [(peer: Peer, bytes: Int)] = []
  private let file: [UInt8]

  /// What the file says; nothing if it is not there, or if it is not ours.
  init(file: [UInt8]) {
    self.file = file
    guard let records = try? Descriptor(file, .readingOwn).readAll(upTo: Limits.runtimeLog) else { return }
    if records.count % Self.recordSize == 0 {
      add(records)
    } else {
      Log.warning(bytes("who wrote what of the event log is not known any more: ", file) + " is damaged")
      _ = try? Descriptor(file, .replacing)
    }
  }

  /// Whether a caller may write `count` bytes to a log that has `used` of them. Groups share the log, and the users of a group share
  /// what it may have.
  func allow(_ count: Int, by peer: Peer, used: Int) -> Bool {
    let peer = Self.account(of: peer)
    let group = written.reduce(0) { $0 + ($1.peer.group == peer.group ? $1.bytes : 0) }
    let user = written.reduce(0) { $0 + ($1.peer == peer ? $1.bytes : 0) }
    return Self.fits(count, own: group, used: used, of: Limits.runtimeLog)
      && Self.fits(count, own: user, used: group, of: Limits.runtimeLog / 4 * 3)
  }

  /// Of an event whose line has so many bytes.
  static func record(_ count: Int, by peer: Peer) -> [UInt8] {
    LittleEndian.encode(UInt32(count)) + LittleEndian.encode(peer.user) + account(of: peer).group
  }

  /// Puts a record into the file, for the processes after this one.
  func note(_ record: [UInt8]) { try? Descriptor(file, .appending).write(record) }

  /// Counts what was written, by its records.
  mutating func add(_ records: [UInt8]) {
    var reader = LittleEndianReader(records)
    while let count = reader.uint32(), let user = reader.uint32(), let group = reader.take(8) {
      add(Int(count), by: Peer(group: Array(group), user: user))
    }
  }

  /// Callers beyond `Limits.logWriters` have one account.
  private mutating func add(_ count: Int, by peer: Peer) {
    if let index = written.firstIndex(where: { $0.peer == peer }) {
      written[index].bytes += count
    } else if written.count < Limits.logWriters {
      written.append((peer, count))
    } else {
      written[Limits.logWriters - 1].bytes += count
    }
  }

  private static func account(of peer: Peer) -> Peer {
    Peer(group: Array(Hash.sha256(peer.group).prefix(8)), user: peer.user)
  }

  /// Three quarters of a room may be one's own, and the last quarter is for those who hold less than a sixteenth.
  private static func fits(_ count: Int, own: Int, used: Int, of room: Int) -> Bool {
    own + count <= room / 4 * 3 && (used + count <= room / 4 * 3 || own + count <= room / 16)
  }
}
