/// The host's address: `vsock://<context identifier>:<port>/<path>`, or `http://` with an IPv4 literal: no names, so no DNS.
struct HostAddress {
  private enum Endpoint {
    case vsock(UInt32, port: UInt32)
    case inet([UInt8], port: UInt16)
  }

  private let endpoint: Endpoint
  /// Without trailing slashes; printable ASCII.
  let path: [UInt8]

  /// Nil for any other text.
  init?(_ url: [UInt8]) {
    let isVsock = url.hasPrefix("vsock")
    guard let parts = URLParts(url, scheme: isVsock ? "vsock" : "http"), let port = parts.port else { return nil }
    path = parts.path
    if isVsock, let number = parseDecimal(parts.host), let cid = UInt32(exactly: number), let port = UInt32(exactly: port) {
      endpoint = .vsock(cid, port: port)
    } else if !isVsock, let address = IPAddress.parse(parts.host), address.count == 4, let port = UInt16(exactly: port) {
      endpoint = .inet(address, port: port)
    } else {
      return nil
    }
  }

  /// Starts to connect; the socket is non-blocking. Throws `.failed`.
  func connect() throws(AgentError) -> Descriptor {
    try Errno.explain("no connection") { () throws(Errno) in
      switch endpoint {
      case .vsock(let cid, let port): try Sockets.connect(vsock: cid, port: port)
      case .inet(let address, let port): try Sockets.connect(address: address, port: port)
      }
    }
  }
}
