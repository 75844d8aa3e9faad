import Foundation
import Testing

@testable import agent

/// A listener on a Unix socket in a directory of its own. Its clients are on the same loop, so that nothing happens except in
/// `run`.
final class Harness {
  let loop: Loop
  let path: [UInt8]
  private(set) var listener: Listener!
  /// The exchanges of `handler`, in order of arrival.
  private(set) var exchanges: [Exchange] = []
  private let directory: String

  /// Without a handler, exchanges wait until the test answers them. An exchange that is kept in `exchanges` is not used for another request.
  init(
    _ loop: Loop = try! Loop(), failures: FailureLog? = nil, keepsExchanges: Bool = true, handler: Listener.Handler? = nil
  ) throws {
    signal(SIGPIPE, SIG_IGN)
    self.loop = loop
    directory = try temporaryDirectory()
    path = Array("\(directory)/socket".utf8)
    listener = Listener(
      try Sockets.listen(unix: path), ownedPath: path, name: "test", loop: loop, failures: failures
    ) { [unowned self] exchange in
      if keepsExchanges { exchanges.append(exchange) }
      handler?(exchange)
    }
    loop.add(listener)
  }

  deinit {
    loop.stop()
    loop.run(isIdle: { true })
    try? FileManager.default.removeItem(atPath: directory)
  }

  func connect() throws -> Client {
    let client = try Client(path)
    loop.add(client)
    return client
  }

  /// Stops the listener, in a round of the loop.
  func stop() {
    listener.stop()
    loop.add(Alarm(0))
  }

  /// Turns the loop until `isDone`; false if that takes more than 20 s.
  func run(until isDone: () -> Bool) -> Bool { loop.turn(until: isDone) }
}

extension Loop {
  /// Turns until `isDone`; false if that takes more than 20 s, which is a failure and not a way to wait.
  func turn(until isDone: () -> Bool) -> Bool {
    let alarm = Alarm(now + 20_000)
    add(alarm)
    defer { alarm.isFinished = true }
    while !isDone() {
      if alarm.hasExpired { return false }
      turn()
    }
    return true
  }
}

/// A point in time.
final class Alarm: EventSource {
  private(set) var hasExpired = false

  init(_ deadline: Int64) {
    super.init(nil)
    self.deadline = deadline
  }

  override func expired() {
    hasExpired = true
    deadline = Int64.max
  }
}

/// A client that never blocks.
final class Client: EventSource {
  private(set) var received: [UInt8] = []
  /// The server has ended its side, or the connection broke with this errno.
  private(set) var isEnded = false
  private(set) var brokenBy: Int32?
  /// Bytes of one write and of one read.
  var writeChunk = 1 << 20
  var readChunk = 4096
  private var outgoing: [UInt8] = []
  private var endsWriting = false

  init(_ path: [UInt8]) throws {
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    try #require(descriptor >= 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
    let connected = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Foundation.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    if connected != 0 {
      close(descriptor)
      throw CocoaError(.fileNoSuchFile)
    }
    super.init(Descriptor(owning: descriptor))
    _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
    events = Poll.readable
  }

  var text: String { String(decoding: received, as: Unicode.UTF8.self) }
  var hasSentAll: Bool { outgoing.isEmpty }

  func send(_ data: [UInt8]) {
    outgoing += data
    events |= Poll.writable
  }

  func send(_ text: String) { send(Array(text.utf8)) }

  /// Ends our side once everything is sent.
  func endWriting() {
    endsWriting = true
    events |= Poll.writable
  }

  /// Stops and starts reading.
  func reads(_ isReading: Bool) { events = isReading ? events | Poll.readable : events & ~Poll.readable }

  func leave() {
    isFinished = true
    // the loop looks at it at the end of a round, which must come at once
    deadline = 0
  }

  func forget() { received = [] }

  override func ready(_ happened: Int16) {
    if happened & Poll.writable != 0, events & Poll.writable != 0 { write() }
    if happened & (Poll.readable | Poll.gone) != 0, events & Poll.readable != 0 { read() }
  }

  private func write() {
    if !outgoing.isEmpty {
      switch IO.write(descriptor, Array(outgoing.prefix(writeChunk)), from: 0) {
      case .bytes(let count): outgoing.removeFirst(count)
      case .wouldBlock: return
      case .end: break
      case .failed(let errno): fail(errno)
      }
    }
    guard outgoing.isEmpty else { return }
    events &= ~Poll.writable
    if endsWriting { shutdown(descriptor, Int32(SHUT_WR)) }
  }

  private func read() {
    switch IO.read(descriptor, appendingTo: &received, limit: readChunk) {
    case .bytes, .wouldBlock: break
    case .end: end()
    case .failed(let errno): fail(errno)
    }
  }

  private func fail(_ errno: Int32) {
    brokenBy = errno
    outgoing = []
    end()
  }

  private func end() {
    isEnded = true
    // a hang-up is reported for as long as the descriptor is watched
    events = 0
    isFinished = true
  }
}

/// A new directory with a name short enough for a socket's path.
func temporaryDirectory() throws -> String {
  var template = Array("/tmp/agentXXXXXX\0".utf8).map { CChar(bitPattern: $0) }
  try #require(mkdtemp(&template) != nil)
  return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: Unicode.UTF8.self)
}

extension Response {
  static func text(_ text: some Sequence<UInt8>) -> Response {
    let response = Response(contentType: .text, body: ByteBuffer())
    response.body.append(Array(text))
    return response
  }
}
