import CSystem

/// A descriptor with several owners; closed with the last of them.
final class OpenFile {
  private var owned: Descriptor?

  /// Takes over a descriptor.
  @inline(never)
  init(_ descriptor: consuming Descriptor) { owned = consume descriptor }

  /// −1 once it has been taken.
  var number: Int32 { owned?.number ?? -1 }

  /// Hands it to a new owner; nil if that has been done before.
  func take() -> Descriptor? { owned.take() }
}

/// Unix sockets that keep messages whole (SOCK_SEQPACKET). A message can carry a descriptor (SCM_RIGHTS).
enum PacketSocket {
  /// The outcome of recvmsg(2).
  enum Received {
    case message([UInt8], passed: OpenFile?)
    /// No message is waiting.
    case none
    /// The other end is closed, or the socket failed.
    case end
    /// Longer than allowed.
    case tooLong
    /// With more descriptors than allowed.
    case passesTooMuch
  }

  /// A connected pair, non-blocking.
  static func pair() throws(AgentError) -> (OpenFile, OpenFile) {
    var ends: (Int32, Int32) = (-1, -1)
    let result = withUnsafeMutableBytes(of: &ends) { sys_channel($0.bindMemory(to: Int32.self).baseAddress) }
    try Errno.check(result, "no channel")
    return (OpenFile(Descriptor(owning: ends.0)), OpenFile(Descriptor(owning: ends.1)))
  }

  /// Sends a message without waiting, and with it the descriptor `passed`, unless that is −1.
  static func send(_ socket: Int32, _ message: [UInt8], passing passed: Int32) -> Transfer {
    switch sys_send(socket, message, message.count, passed) {
    case 0: .bytes(message.count)
    case -EAGAIN: .wouldBlock
    case let code: .failed(errno: -code)
    }
  }

  /// The next message, of at most `limit` bytes, with a descriptor if `mayPass`. Does not wait.
  static func receive(_ socket: Int32, limit: Int, mayPass: Bool) -> Received {
    var (message, passed, result): ([UInt8], Int32, Int32) = ([], -1, 0)
    // Room for what comes and not for what may come: the C library has the system map and unmap so much for each message. If
    // nothing has come yet, it may until the next call.
    let next = sys_next_size(socket)
    let size = next > 0 ? min(next, limit) : limit
    _ = IO.append(to: &message, size) { room in
      result = sys_receive(socket, room, size, mayPass ? 1 : 0, &passed)
      return Int(result)
    }
    let file = passed >= 0 && result > 0 ? OpenFile(Descriptor(owning: passed)) : nil
    switch result {
    case 1...: return .message(message, passed: file)
    case -EAGAIN, -EINTR: return .none
    case -EMSGSIZE: return .tooLong
    case -ETOOMANYREFS: return .passesTooMuch
    default: return .end
    }
  }
}
