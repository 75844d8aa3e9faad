/// The host's address: `vsock://<context identifier>:<port>/<path>`, or `http://` with an IPv4 literal.
struct HostAddress {
  private enum Endpoint {
    case vsock(UInt32, port: UInt32)
    case inet([UInt8], port: UInt16)
  }

  private let endpoint: Endpoint
  /// Without the slash at its end; printable ASCII.
  let path: [UInt8]

  /// Nil for any other text.
  init?(_ url: [UInt8]) {
    let isVsock = url.hasPrefix("vsock://")
    guard isVsock || url.hasPrefix("http://") else { return nil }
    let rest = url[(isVsock ? 8 : 7)...]
    let slash = rest.firstIndex(of: UInt8(ascii: "/")) ?? rest.endIndex
    guard let colon = rest[..<slash].firstIndex(of: UInt8(ascii: ":")), let port = parseDecimal(rest[(colon + 1)..<slash])
    else { return nil }
    let host = Array(rest[..<colon])
    if isVsock {
      guard let number = parseDecimal(host), let cid = UInt32(exactly: number), let port = UInt32(exactly: port) else {
        return nil
      }
      endpoint = .vsock(cid, port: port)
    } else {
      guard let port = UInt16(exactly: port), let address = IPAddress.parse(host), address.count == 4 else { return nil }
      endpoint = .inet(address, port: port)
    }
    var path = Array(rest[slash...])
    while path.last == UInt8(ascii: "/") { path.removeLast() }
    guard path.allSatisfy({ $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#") }) else { return nil }
    self.path = path
  }

  /// Begins to connect.
  func connect() throws(AgentError) -> Descriptor {
    try Errno.explain("no connection") { () throws(Errno) in
      switch endpoint {
      case .vsock(let cid, let port): try Sockets.connect(vsock: cid, port: port)
      case .inet(let address, let port): try Sockets.connect(address: address, port: port)
      }
    }
  }
}
