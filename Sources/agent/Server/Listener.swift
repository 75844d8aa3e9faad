/// Accepts and counts connections. If the table is full, a newcomer gets the place of a caller that holds more places than it
/// (`Place.toClear`), or is refused at once. It never stops accepting, so that a client learns why it is not served.
final class Listener: EventSource {
  /// Answers a request, now or later.
  typealias Handler = (Exchange) -> Void

  let traffic: Traffic
  /// Header fields added to every answer, each with its CRLF.
  let fields: [UInt8]

  private let loop: Loop
  private let handler: Handler
  /// The socket file to remove at the end; nil for TCP and for inherited sockets.
  private let ownedPath: [UInt8]?
  /// Where failures are logged; nil for nowhere.
  private let failures: FailureLog?
  private var connections: [Connection] = [] { didSet { refused.removeAll() } }
  /// Callers refused since the last change of `connections`, which alone decides who is refused. Each holds a place, because
  /// a caller without one always gets one, except those who are gone, who count as one: so there are few of them.
  private var refused: [Peer] = []
  /// For request bodies.
  let room: BodyRoom

  /// Listens on `socket`. `ownedPath` is the socket file to remove at the end, `fields` are header fields for every answer.
  init(
    _ socket: consuming Descriptor, ownedPath: [UInt8]?, name: StaticString, fields: [UInt8] = [], room: BodyRoom = BodyRoom(),
    loop: Loop, failures: FailureLog? = nil, handler: @escaping Handler
  ) {
    self.room = room
    self.fields = fields
    self.loop = loop
    traffic = Traffic(name)
    self.failures = failures
    self.handler = handler
    self.ownedPath = ownedPath
    super.init(socket)
    events = Poll.readable
    isQuiet = true
    comesLast = true
  }

  /// Whether no connection is open.
  var isEmpty: Bool { connections.isEmpty }

  /// Counts an answer, and logs it if it is a refusal or a failure.
  func count(_ response: Response, client: Int32) {
    if traffic.count(response.status) { failures?.add(response, on: traffic.name, client: client, now: loop.now) }
  }

  /// Accepts no more. Connections without a request are closed now, the others after their answer.
  func stop() {
    isFinished = true
    for connection in connections where !connection.isBusy { connection.isFinished = true }
  }

  override func ready(_ happened: Int16) {
    // few per round, so that those just accepted are read before the table is full; refusing takes only time
    var places = Limits.acceptBatch
    let end = loop.time + Limits.refusing
    while places > 0 {
      switch Sockets.accept(descriptor) {
      case .connection(let accepted):
        let caller = Caller(on: accepted.number, loop.workbench.processes)
        if connections.count < Limits.connections || makeRoom(for: caller) {
          let connection = Connection(accepted, of: caller, listener: self, loop: loop, handler: handler)
          connections.append(connection)
          traffic.connections = UInt64(connections.count)
          loop.add(connection)
          places -= 1
        } else {
          refuse(accepted)
          if loop.time >= end { return }
        }
      case .none:
        return
      case .exhausted:
        // newcomers wait in the backlog until a descriptor may be free
        events = 0
        deadline = loop.now + Limits.acceptPause
        return
      }
    }
  }

  override func expired() {
    events = Poll.readable
    deadline = Int64.max
  }

  override func release() {
    if let ownedPath { Sockets.remove(unix: ownedPath) }
  }

  /// A connection has left the loop.
  func closed(_ connection: Connection) {
    connections.forget(connection)
    traffic.connections = UInt64(connections.count)
    if events == 0 { expired() }
  }

  /// Closes a connection of the caller that holds the most; false if no caller has to give way.
  private func makeRoom(for newcomer: Caller) -> Bool {
    if refused.contains(newcomer.peer) { return false }
    guard let index = connections.toClear(for: newcomer.peer) else {
      refused.append(newcomer.peer)
      return false
    }
    connections.remove(at: index).isFinished = true
    return true
  }

  private func refuse(_ accepted: consuming Descriptor) {
    let response = Response.error(.unavailable, bytes("too many connections"))
    count(response, client: accepted.number)
    let answer = ByteBuffer()
    response.writeHead(to: answer, keepAlive: false, minorVersion: 1, fields: fields)
    answer.append(response.body.storage)
    _ = IO.write(accepted.number, answer.storage, from: 0)
  }
}
