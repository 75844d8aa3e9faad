/// Asks the container engine for the front: a child connects, writes the one request that it has composed, and has the answer go into
/// a pipe to the front, unread. So the front never holds the engine's socket, which would make it root on this machine.
struct EngineRelay {
  /// The path of the engine's socket.
  let address: [UInt8]
  let jobs: Jobs

  /// The pipe for the front comes with the reply. A log is sent for as long as the engine has something and the front reads.
  func start(_ target: [UInt8], isLog: Bool, _ reply: FrontLink.Reply) throws(AgentError) {
    let pipe = try RelayPipe()
    let timeout = isLog ? Limits.relayedLog : 2 * Limits.engineAnswer
    jobs.start(.engine, timeout: timeout, keeping: pipe.input.number) { [address] in
      Self.run(address, target)
      return []
    } done: {
      // only where it could not be started is there no reply yet
      if case .failure(let error) = $0 { reply.fail(error) }
    }
    reply.send(.pipe, passing: pipe.output)
  }

  /// In the child.
  private static func run(_ address: [UInt8], _ target: [UInt8]) {
    guard let descriptor = try? Sockets.connect(unix: address) else {
      _ = IO.writeAll(Worker.kept, [EngineRequestLine.absent])
      return
    }
    let socket = DeadlineSocket(descriptor, deadline: Clock.monotonic() + Limits.engineAnswer)
    let request = bytes("GET ", target) + " HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n\r\n"
    guard (try? socket.send(request)) != nil, IO.writeAll(Worker.kept, [EngineRequestLine.connected]) else { return }
    socket.forward(to: Worker.kept)
  }
}
