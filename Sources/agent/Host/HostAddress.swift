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
    if let parts = URLParts(url, scheme: "vsock") {
      let cid = parseDecimal(parts.host).flatMap { UInt32(exactly: $0) }
      guard let cid, let port = parts.port.flatMap({ UInt32(exactly: $0) }) else { return nil }
      endpoint = .vsock(cid, port: port)
      path = parts.path
    } else if let parts = URLParts(url, scheme: "http") {
      guard let address = IPAddress.parse(parts.host), address.count == 4 else { return nil }
      guard let port = parts.port.flatMap({ UInt16(exactly: $0) }) else { return nil }
      endpoint = .inet(address, port: port)
      path = parts.path
    } else {
      return nil
    }
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
