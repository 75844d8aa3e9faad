/// Keeps a front running: starts it, starts it again when it ends, ends one that hangs. Its listening sockets stay open here meanwhile.
final class Fronts: EventSource {
  /// This program, wherever it lies.
  private static let own: StaticString = "/proc/self/exe"

  /// Answers what a front asks.
  var handler: FrontLink.Handler = { _, _ in }

  private let loop: Loop
  let sockets: [OpenFile]
  /// What programs write, where process 1 has started any.
  private let output: OpenFile?
  /// Socket files to remove at the end.
  private let ownedPaths: [[UInt8]]
  private let arguments: [UInt8]
  private var link: FrontLink?
  private var pause = RestartPause()
  private var isStopping = false

  /// `arguments` are those behind the command, each with a NUL behind it.
  init(_ loop: Loop, _ sockets: [OpenFile], _ output: OpenFile?, ownedPaths: [[UInt8]], arguments: [UInt8]) {
    self.loop = loop
    self.sockets = sockets
    self.output = output
    self.ownedPaths = ownedPaths
    self.arguments = Arguments.listed("dstack-guest-agent front ") + arguments
    super.init(nil)
  }

  /// Whether there is no front, and will be none.
  var isGone: Bool { isStopping && link == nil }

  func stop() {
    isStopping = true
    deadline = Int64.max
    link?.stop()
  }

  /// Time to start one, or to look whether it is alive.
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
