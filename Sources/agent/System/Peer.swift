import CSystem

/// Who is at the other end of a connection, as far as shares are concerned.
struct Peer: Equatable {
  /// What shares are divided between first: the container or unit of a process, an address, a context identifier. Empty if it cannot be
  /// told.
  let group: [UInt8]
  /// The user inside; 0 where there are none.
  let user: UInt32

  /// The agent itself. Callers of whom nothing can be told count with it.
  static var agent: Peer { Peer(group: [], user: 0) }

  /// Of a connected socket.
  init(of connection: Int32) {
    if let peer = Sockets.peer(connection) {
      self.init(group: Self.group(of: peer.pid, connection), user: peer.uid)
    } else {
      self.init(group: Self.group(ofAddress: Sockets.peerAddress(connection)), user: 0)
    }
  }

  init(group: [UInt8], user: UInt32) {
    self.group = group
    self.user = user
  }

  /// Of an address as the kernel has it (`sockaddr`): all of IPv4's, the network of IPv6's (/64), a context identifier.
  static func group(ofAddress address: [UInt8]) -> [UInt8] {
    guard address.count >= 16 else { return [] }
    let family = Int32(address[0]) | Int32(address[1]) << 8
    let (v4, v6) = (address[4..<8], address[8...])
    switch family {
    case AF_INET: return [4] + v4
    case AF_INET6 where v6.count >= 16:
      // ::ffff:0:0/96, as which a socket of both kinds sees IPv4
      let isMapped = v6.prefix(10).allSatisfy { $0 == 0 } && v6.dropFirst(10).prefix(2).allSatisfy { $0 == 0xff }
      return isMapped ? [4] + v6.dropFirst(12).prefix(4) : [6] + v6.prefix(8)
    case AF_VSOCK: return [40] + v6.prefix(4)
    default: return []
    }
  }

  private static func isReadable(_ handle: Int32) -> Bool {
    var poll = Poll()
    poll.add(handle, Poll.readable)
    return poll.wait(0) > 0
  }

  /// The control group of the process that has connected. If it is gone, its number may be another's.
  private static func group(of pid: Int32, _ connection: Int32) -> [UInt8] {
    let handle = Descriptor(owning: Sockets.peerHandle(connection))
    let path = bytes("/proc/") + decimal(pid) + "/cgroup"
    guard let text = try? Descriptor(path, .reading).read(Limits.controlGroups) else { return [] }
    return isReadable(handle.number) ? [] : ControlGroup.owner(text)
  }
}
