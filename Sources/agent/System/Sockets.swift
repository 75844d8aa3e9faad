import CSystem

/// Listening sockets: non-blocking, close-on-exec.
enum Sockets {
  /// A Unix socket of mode 0777, in a directory that is created if it is missing (those above it must exist). A socket file that
  /// nobody listens on any more is replaced; one with a listener is an error.
  static func listen(unix path: [UInt8]) throws(AgentError) -> Descriptor {
    var descriptor = bindUnix(path)
    if descriptor == -ENOENT {
      try Files.makeDirectory(of: path)
      descriptor = bindUnix(path)
    }
    if descriptor == -EADDRINUSE {
      guard Files.isSocket(path) else { throw .failed("exists and is not a socket") }
      let peer = withPath(path) { sys_connect_unix($0) }
      if peer >= 0 { close(peer) }
      guard peer == -ECONNREFUSED else { throw .failed("belongs to another process") }
      remove(unix: path)
      descriptor = bindUnix(path)
    }
    return try Descriptor(taking: descriptor, "cannot be bound")
  }

  /// A TCP socket on an IPv4 or IPv6 literal.
  static func listen(address: [UInt8], port: UInt32) throws(AgentError) -> Descriptor {
    guard let port = UInt16(exactly: port) else { throw .invalid("has a port out of range") }
    guard let bytes = IPAddress.parse(address) else { throw .invalid("is not an address") }
    return try Descriptor(taking: sys_listen_inet(bytes, bytes.count, port, Limits.listenBacklog), "cannot be bound")
  }

  /// A vsock socket on a context identifier, 0xffffffff for any. Nil if the machine has no vsock.
  static func listen(vsock cid: UInt32, port: UInt32) throws(AgentError) -> Descriptor? {
    let descriptor = sys_listen_vsock(cid, port, Limits.listenBacklog)
    return descriptor == -EAFNOSUPPORT ? nil : try Descriptor(taking: descriptor, "cannot be bound")
  }

  /// Begins to connect to a vsock port of a context identifier.
  static func connect(vsock cid: UInt32, port: UInt32) throws(Errno) -> Descriptor {
    try Descriptor(taking: sys_connect_vsock(cid, port))
  }

  /// Begins to connect to an address of 4 or 16 bytes by TCP.
  static func connect(address: [UInt8], port: UInt16) throws(Errno) -> Descriptor {
    guard address.count == 4 || address.count == 16 else { throw Errno(code: EINVAL) }
    return try Descriptor(taking: sys_connect_inet(address, address.count, port))
  }

  /// A connection to a Unix socket. Throws EAGAIN if too many are waiting to be accepted there.
  static func connect(unix path: [UInt8]) throws(Errno) -> Descriptor {
    try Descriptor(taking: withPath(path) { sys_connect_unix($0) })
  }

  /// Takes over a listening socket that the supervisor opened.
  static func adopt(_ listener: Int32) throws(AgentError) -> Descriptor {
    try Errno.check(sys_adopt_listener(listener), "the supervisor's socket cannot be used")
    return Descriptor(owning: listener)
  }

  /// Sends a datagram to a Unix socket: at a path, or at the abstract name after `@`.
  static func notify(_ address: [UInt8], _ message: [UInt8]) -> Transfer {
    let result = withPath(address) { sys_notify($0, message, message.count) }
    if result == -EAGAIN { return .wouldBlock }
    return result < 0 ? .failed(errno: -result) : .bytes(message.count)
  }

  /// The user and process that connected to a Unix socket; nil for other sockets.
  static func peer(_ client: Int32) -> (uid: UInt32, pid: Int32)? {
    var (uid, pid): (UInt32, Int32) = (0, 0)
    return sys_peer(client, &uid, &pid) == 0 && uid != UInt32.max ? (uid, pid) : nil
  }

  /// A handle of the process that connected to a Unix socket (SO_PEERPIDFD, Linux 6.5), or a negative errno value. The caller
  /// closes it. It is readable once the process is gone.
  static func peerHandle(_ client: Int32) -> Int32 {
    var (handle, size) = (Int32(-1), socklen_t(4))
    return getsockopt(client, SOL_SOCKET, 77, &handle, &size) == 0 ? handle : -sys_errno()
  }

  /// The address at the other end, as the kernel gives it (`sockaddr`, 128 bytes at most); empty if there is none.
  static func peerAddress(_ client: Int32) -> [UInt8] {
    var (address, size) = ([UInt8](repeating: 0, count: 128), socklen_t(128))
    let result = address.withUnsafeMutableBytes { room in
      room.withMemoryRebound(to: sockaddr.self) { getpeername(client, $0.baseAddress, &size) }
    }
    return result == 0 ? Array(address.prefix(Int(size))) : []
  }

  /// Removes a socket file.
  static func remove(unix path: [UInt8]) { _ = withPath(path) { unlink($0) } }

  /// The outcome of accept(2).
  enum Accepted: ~Copyable {
    case connection(Descriptor)
    /// None is waiting, or it failed before it was accepted.
    case none
    /// Descriptors or memory have run out.
    case exhausted
  }

  /// Accepts a connection without waiting. It is non-blocking and close-on-exec.
  static func accept(_ listener: Int32) -> Accepted {
    let descriptor = sys_accept(listener)
    if descriptor >= 0 { return .connection(Descriptor(owning: descriptor)) }
    switch -descriptor {
    case EMFILE, ENFILE, ENOBUFS, ENOMEM: return .exhausted
    default: return .none
    }
  }

  /// Tells the peer that nothing more will come, without closing.
  static func endWriting(_ descriptor: Int32) { _ = shutdown(descriptor, Int32(SHUT_WR)) }

  private static func bindUnix(_ path: [UInt8]) -> Int32 { withPath(path) { sys_listen_unix($0, Limits.listenBacklog) } }
}
