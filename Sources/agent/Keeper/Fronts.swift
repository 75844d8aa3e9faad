/// Keeps a front running: starts it, restarts it when it ends, and ends one that hangs. Its listening sockets stay open here
/// between restarts.
final class Fronts: EventSource {
  /// This program, wherever it is.
  private static let own: StaticString = "/proc/self/exe"

  /// Answers what a front asks.
  var handler: FrontLink.Handler = { _, _ in }

  private let loop: Loop
  /// The front's listening sockets.
  let sockets: [OpenFile]
  /// What programs write, if process 1 started any.
  private let output: OpenFile?
  /// Socket files to remove when the agent ends.
  private let ownedPaths: [[UInt8]]
  private let arguments: [UInt8]
  private var link: FrontLink?
  private var pause = RestartPause()
  private var isStopping = false

  /// `arguments` are those after the command, each followed by a NUL.
  init(_ loop: Loop, _ sockets: [OpenFile], _ output: OpenFile?, ownedPaths: [[UInt8]], arguments: [UInt8]) {
    self.loop = loop
    self.sockets = sockets
    self.output = output
    self.ownedPaths = ownedPaths
    self.arguments = Arguments.listed("dstack-guest-agent front ") + arguments
    super.init(nil)
  }

  /// Whether there is no front, and none will be started.
  var isGone: Bool { isStopping && link == nil }

  /// Asks the front to end, and starts no other.
  func stop() {
    isStopping = true
    deadline = Int64.max
    link?.stop()
  }

  /// Starts a front, or checks whether it is alive.
  override func expired() {
    guard let link else { return start() }
    if !link.isAlive {
      Log.error("the front hangs")
      link.isFinished = true
      return
    }
    link.ping()
    deadline = loop.now + Limits.ping
  }

  override func release() {
    for path in ownedPaths { Sockets.remove(unix: path) }
  }

  /// Starts a front now.
  func start() {
    let now = Clock.monotonic()
    pause.begin(now)
    do throws(AgentError) {
      let (ours, theirs) = try PacketSocket.pair()
      let pid = try ChildProcess.start { () throws(AgentError) in
        var passed = [theirs.number]
        if let output { passed.append(output.number) }
        for socket in sockets { passed.append(socket.number) }
        try ChildProcess.pass(passed)
        try ChildProcess.replace(bytes(Self.own), arguments: arguments, environment: [])
      }
      let link = FrontLink(ours, Process.handle(pid), gone: { [self] in ended() }) {
        [self] (message, reply) throws(AgentError) in
        try handler(message, reply)
      }
      self.link = link
      loop.add(link)
      deadline = now + Limits.ping
    } catch {
      Log.error(error.during("the front cannot be started").text)
      ended()
    }
  }

  private func ended() {
    link = nil
    if !isStopping { deadline = pause.end(Clock.monotonic()) }
  }
}
