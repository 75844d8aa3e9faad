import CSystem

/// Who is at the other end of a connection: the party that shares are charged to.
struct Peer: Equatable {
  /// Shares are divided among these first: the container or unit of a process, a network address, a vsock context identifier. A hash of
  /// its name, because names are long and often compared. Whoever may choose the names of containers and units can have as many shares
  /// as he likes, so a stronger hash would protect nobody.
  let group: UInt64
  /// The user within the group; 0 where there are no users.
  let user: UInt32

  /// The agent itself. Callers whose group is unknown are in its group.
  static var agent: Peer { Peer(group: [], user: 0) }

  /// Everybody who left before the lookup. Whoever connects by a process that exits, and goes on with its socket, would otherwise have a
  /// second share, so these come after all others.
  static var gone: Peer { Peer(group: 0, user: 0) }
  /// Whether it comes after all others.
  var isGone: Bool { group == 0 }

  /// Looks up the peer of a connected socket.
  init(of connection: Int32, _ known: KnownProcesses) {
    if let peer = Sockets.peer(connection) {
      let group = Self.group(of: peer.pid, connection, known)
      self = group.map { Peer(group: $0, user: peer.uid) } ?? .gone
    } else {
      let address = Sockets.peerAddress(connection)
      self = address.isEmpty ? .gone : Peer(group: Self.group(ofAddress: address), user: 0)
    }
  }

  /// A peer that is known already. The name of its group is empty if there is none.
  init(group name: [UInt8], user: UInt32) { self.init(group: FNV.wide(name), user: user) }

  /// A peer whose group's number is known.
  init(group: UInt64, user: UInt32) { (self.group, self.user) = (group, user) }

  /// The group of a `sockaddr`: the whole IPv4 address, the network of an IPv6 address (/64), the context identifier.
  static func group(ofAddress address: [UInt8]) -> [UInt8] {
    guard address.count >= 16 else { return [] }
    let family = Int32(address[0]) | Int32(address[1]) << 8
    let (v4, v6) = (address[4..<8], address[8...])
    switch family {
    case AF_INET: return [4] + v4
    case AF_INET6 where v6.count >= 16:
      // ::ffff:0:0/96: IPv4 as a dual-stack socket sees it
      let isMapped = v6.prefix(10).allSatisfy { $0 == 0 } && v6.dropFirst(10).prefix(2).allSatisfy { $0 == 0xff }
      return isMapped ? [4] + v6.dropFirst(12).prefix(4) : [6] + v6.prefix(8)
    case AF_VSOCK: return [40] + v6.prefix(4)
    default: return []
    }
  }

  /// The control group of the process that connected; nil if the process is gone, because its ID may be reused.
  private static func group(of pid: Int32, _ connection: Int32, _ known: KnownProcesses) -> UInt64? {
    let handle = Descriptor(owning: Sockets.peerHandle(connection))
    // without handles (before Linux 6.5) the ID has to do
    if handle.number < 0, handle.number != -ENOPROTOOPT { return nil }
    if Poll.isReadable(handle.number) { return nil }
    // of two processes that live, only one can have the ID
    let now = Clock.monotonic()
    if handle.number >= 0, let group = known.group(of: pid, now: now) { return group }
    let path = bytes("/proc/") + decimal(pid) + "/cgroup"
    let list = try? Descriptor(path, .reading).read(Limits.controlGroups)
    if Poll.isReadable(handle.number) { return nil }
    // without a handle, who is gone has no folder; the ID is 0 if it is of another namespace
    if list == nil, handle.number < 0, pid > 0, !Process.exists(pid) { return nil }
    let group = FNV.wide(ControlGroup.owner(list ?? []))
    if handle.number >= 0 { known.add(pid, handle, group, now: now) }
    return group
  }
}
