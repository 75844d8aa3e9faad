/// Notifies the host of the startup's progress (docs/spec/guest-api.md). Nothing depends on it: a notification that takes longer
/// than `Limits.notification` is dropped, and all those of a boot take at most `Limits.notifications`.
final class HostAPI {
  private var address: HostAddress?
  /// Milliseconds that may still be spent on notifications.
  private var left = Limits.notifications
  private var hasFailed = false

  /// Sets the address unless one is set already. Without one, or with an empty `url`, nobody is notified.
  func use(_ url: [UInt8]) {
    if url.isEmpty || address != nil || hasFailed { return }
    address = HostAddress(url)
    if address != nil { return }
    Log.warning(bytes("host_api_url is not an address that this agent can reach: the host is not notified"))
    hasFailed = true
  }

  /// Calls the host's `Notify`. `payload` is UTF-8. The first failure is logged.
  func notify(_ event: StaticString, _ payload: [UInt8]) {
    guard let address, left > 0 else { return }
    let start = Clock.monotonic()
    let deadline = start + min(left, Limits.notification)
    do throws(AgentError) {
      let socket = DeadlineSocket(try address.connect(), deadline: deadline)
      try socket.connect()
      try socket.send(RequestWriter.call(bytes("host"), address.path, "Notify", Self.body(event, payload)).all())
      // wait for the first byte of the answer: a server may drop a request whose caller has hung up
      _ = try socket.receive(1)
    } catch {
      if !hasFailed { Log.warning(bytes("cannot notify the host at host_api_url")) }
      hasFailed = true
    }
    left -= Clock.monotonic() - start
  }

  private static func body(_ event: StaticString, _ payload: [UInt8]) -> BodyReader {
    let body = JSONWriter.document { json in
      json.string("event", bytes(event))
      json.string("payload", payload)
    }
    return JoinedBody(body)
  }
}
