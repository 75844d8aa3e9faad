import CSystem

/// A descriptor that several hold; closed when the last of them goes.
final class OpenFile {
  private var owned: Descriptor?

  @inline(never)
  init(_ descriptor: consuming Descriptor) { owned = consume descriptor }

  /// −1 once it is taken.
  var number: Int32 { owned?.number ?? -1 }

  /// Hands it to a new owner; nil if that was done before.
  func take() -> Descriptor? { owned.take() }
}

/// Unix sockets of whole messages (SOCK_SEQPACKET), with which a descriptor may come.
enum PacketSocket {
  /// What recvmsg(2) came to.
  enum Received {
    case message([UInt8], passed: OpenFile?)
    case none
    case end
    /// Longer than it may be, or with more descriptors than may come.
    case tooLong
    case passesTooMuch
  }

  /// Two that are connected.
  static func pair() throws(AgentError) -> (OpenFile, OpenFile) {
    var ends: (Int32, Int32) = (-1, -1)
    let result = withUnsafeMutableBytes(of: &ends) { sys_channel($0.bindMemory(to: Int32.self).baseAddress) }
    try Errno.check(result, "no channel")
    return (OpenFile(Descriptor(owning: ends.0)), OpenFile(Descriptor(owning: ends.1)))
  }

  static func send(_ socket: Int32, _ message: [UInt8], passing passed: Int32) -> Transfer {
    switch sys_send(socket, message, message.count, passed) {
    case 0: .bytes(message.count)
    case -EAGAIN: .wouldBlock
    case let code: .failed(errno: -code)
    }
  }

  /// The next message, of at most `limit` bytes; with it a descriptor if one may come.
  static func receive(_ socket: Int32, limit: Int, mayPass: Bool) -> Received {
    var (message, passed, result): ([UInt8], Int32, Int32) = ([], -1, 0)
    _ = IO.append(to: &message, limit) { room in
      result = sys_receive(socket, room, limit, mayPass ? 1 : 0, &passed)
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
