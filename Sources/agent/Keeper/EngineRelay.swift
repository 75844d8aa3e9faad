/// Asks the container engine for the front: a child connects, writes a request that it composes itself, and moves the answer into
/// a pipe to the front, unread. So the front never holds the engine's socket, which would make it root on this machine.
struct EngineRelay {
  /// The path of the engine's socket.
  let address: [UInt8]
  let jobs: Jobs

  /// The front's end of the pipe goes out with the reply. What a reader of a log asks for is relayed for as long as the engine has
  /// more and the front reads.
  func start(_ target: [UInt8], forLog: Bool, _ reply: FrontLink.Reply) throws(AgentError) {
    let pipe = try RelayPipe()
    let timeout = forLog ? Limits.relayedLog : 2 * Limits.engineAnswer
    jobs.start(forLog ? .log : .engine, timeout: timeout, keeping: pipe.input.number) { [address] in
      Self.run(address, target)
      return []
    } done: {
      // a reply has been sent already unless the job could not be started
      if case .failure(let error) = $0 { reply.fail(error) }
    }
    reply.send(.pipe, passing: pipe.output)
  }

  /// Runs in the child.
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
