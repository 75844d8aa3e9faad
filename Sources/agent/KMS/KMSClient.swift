/// Calls a KMS (docs/spec/kms.md), one connection per call. It blocks, within the deadlines of `Limits`.
struct KMSClient {
  let address: KMSAddress
  /// The CA of the KMS's certificate, in PEM. Nil while it is unknown: then the server is not verified.
  let caCert: [UInt8]?
  let identity: TLSIdentity?

  /// The body of the answer, JSON. `body` is JSON too. Throws `unavailable` if a retry may help.
  func call(_ method: StaticString, _ body: BodyReader, within time: Int64 = Limits.kmsAnswer) throws(AgentError) -> Secret {
    // the child that reads name servers' answers does not need the key
    identity?.withhold()
    let tls = try TLSClient(try connect())
    try handshake(tls)
    tls.extend(to: Clock.monotonic() + time)
    let request = RequestWriter.call(address.authority, address.path, method, body)
    while request.remaining > 0 {
      let part = ByteBuffer(capacity: Limits.bodyPart)
      request.read(into: part)
      try tls.send(part.storage)
    }
    return try Self.answer(tls)
  }

  /// Like `call`, but in a child: only the child reads what the server says and has a copy of the client's key.
  func callInWorker(
    _ method: StaticString, _ body: BodyReader, within time: Int64 = Limits.kmsAnswer
  ) throws(AgentError) -> Secret {
    var handed: TLSIdentity?
    if let identity { handed = try TLSIdentity(handing: identity) }
    let client = KMSClient(address: address, caCert: caCert, identity: handed)
    let most = Limits.kmsConnect + time + Limits.kmsGrace
    return try Worker.run(timeout: most, limit: Limits.kmsBody) { () throws(AgentError) in
      try client.call(method, body, within: time)
    }
  }

  /// Like `call`, but retries for a while, with growing pauses, where that may help. For answers that need no locked memory.
  func callPatiently(_ method: StaticString, _ body: BodyReader) throws(AgentError) -> [UInt8] {
    let end = Clock.monotonic() + Limits.kmsPatience
    var pause = Limits.kmsPause
    while true {
      do throws(AgentError) {
        return try call(method, body).plain()
      } catch {
        if error.kind != .unavailable || Clock.monotonic() + pause > end { throw error }
        Clock.sleep(pause)
        pause *= 2
      }
    }
  }

  /// A connection to the first address that accepts one.
  private func connect() throws(AgentError) -> DeadlineSocket {
    let deadline = Clock.monotonic() + Limits.kmsConnect
    let addresses = Resolver.addresses(address.host, timeout: Limits.kmsConnect / 2)
    var failure = AgentError.unavailable("the host name has no address")
    for (index, each) in addresses.enumerated() {
      let now = Clock.monotonic()
      do throws(AgentError) {
        let descriptor = try Errno.explain("no connection", try Sockets.connect(address: each, port: address.port))
        var socket = DeadlineSocket(descriptor, deadline: now + (deadline - now) / Int64(addresses.count - index))
        try socket.connect()
        socket.deadline = deadline
        return socket
      } catch {
        failure = AgentError(.unavailable, error.text)
      }
    }
    throw failure
  }

  private func handshake(_ tls: TLSClient) throws(AgentError) {
    let ip = IPAddress.parse(address.host)
    var ca: X509Certificate?
    if let caCert { ca = try X509Certificate(pem: caCert) }
    if let identity { try tls.present(identity.certificate, identity.key) }
    try tls.handshake(serverName: ip == nil ? address.host : nil, ca: ca)
    if ca == nil { return }
    // the CA also signs certificates of apps
    guard let certificate = tls.peerCertificate, let usage = certificate.dstackExtension(4), usage.matches("kms:rpc") else {
      throw .failed("the server's certificate does not belong to a KMS")
    }
    if let ip, !certificate.isFor(ip) { throw .failed("the server's certificate is for another address") }
  }

  private static func answer(_ tls: TLSClient) throws(AgentError) -> Secret {
    var body = try Secret(capacity: Limits.kmsBody)
    var chunk = try Secret(count: Limits.readChunk)
    var parser = ResponseParser()
    while !parser.isComplete {
      let count = try tls.receive(&chunk)
      if count == 0 {
        try parser.end()
        break
      }
      try parser.take(chunk.source, count) { (range) throws(AgentError) in
        guard body.append(chunk.source, range) else { throw .failed("the answer is too large") }
      }
    }
    guard parser.status == 200 else { throw .failed("refused", code: Int32(truncatingIfNeeded: parser.status)) }
    return body
  }
}
