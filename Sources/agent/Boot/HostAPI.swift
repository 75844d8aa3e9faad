/// Tells the host how the startup goes. The host need not listen: notifications are lost rather than waited for, and all of a boot
/// take `Limits.notifications` at most.
final class HostAPI {
  private var address: HostAddress?
  /// Milliseconds that may still be spent.
  private var left = Limits.notifications
  private var hasFailed = false

  /// Where to, unless that is known; before this nobody is told. An empty address is nowhere.
  func use(_ url: [UInt8]) {
    if url.isEmpty || address != nil || hasFailed { return }
    address = HostAddress(url)
    if address != nil { return }
    Log.warning(bytes("host_api_url is no address that this agent knows: the host is told nothing"))
    hasFailed = true
  }

  /// Calls the host's `Notify`. `payload` is UTF-8.
  func notify(_ event: StaticString, _ payload: [UInt8]) {
    guard let address, left > 0 else { return }
    let start = Clock.monotonic()
    let deadline = start + min(left, Limits.notification)
    do throws(AgentError) {
      let socket = DeadlineSocket(try address.connect(), deadline: deadline)
      try socket.connect()
      try socket.send(RequestWriter.call(bytes("host"), address.path, "Notify", Self.body(event, payload)).storage)
      // a server may drop a request whose caller does not wait for the answer
      _ = try socket.receive(1)
    } catch {
      if !hasFailed { Log.warning(bytes("the host does not take notifications at host_api_url")) }
      hasFailed = true
    }
    left -= Clock.monotonic() - start
  }

  private static func body(_ event: StaticString, _ payload: [UInt8]) -> ByteBuffer {
    let body = ByteBuffer()
    var json = JSONWriter(body)
    json.object { json in
      json.name("event")
      json.string(event)
      json.name("payload")
      json.string(payload)
    }
    return body
  }
}

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
