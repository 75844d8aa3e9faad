import Glibc

@testable import agent

/// What one client sends, in pieces of as many bytes as byte 0 says: the handler gets the same requests as from the whole.
func fuzzConnection(_ input: [UInt8]) {
  guard let size = input.first.map({ max(1, Int($0)) }) else { return }
  let stream = Array(input.dropFirst())
  let pieces = stride(from: 0, to: stream.count, by: size).map { Array(stream[$0..<min($0 + size, stream.count)]) }
  check(requests(in: pieces) == requests(in: [stream]), "requests in pieces are the same requests")
}

/// Each with its method, its path, its query and its body.
private func requests(in pieces: [[UInt8]]) -> [[[UInt8]]] {
  var seen: [[[UInt8]]] = []
  let handler = { (exchange: Exchange) in
    let request = exchange.request
    seen.append([bytes(request.method == .get ? "GET" : "other")] + request.path + [request.query, request.body])
    answer(exchange)
  }
  var ends: [Int32] = [-1, -1]
  check(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue), 0, &ends) == 0, "there are sockets")
  let client = Descriptor(owning: ends[1])
  let loop = try! Loop()
  let listener = Listener(Descriptor(owning: -1), ownedPath: nil, name: "fuzz", loop: loop, handler: handler)
  let caller = Caller(on: ends[0], loop.workbench.processes)
  loop.add(Connection(Descriptor(owning: ends[0]), of: caller, listener: listener, loop: loop, handler: handler))
  for piece in pieces {
    check(IO.writeAll(client.number, piece), "a connection takes what is sent")
    // one request a turn
    var count = -1
    while seen.count > count {
      count = seen.count
      for _ in 0..<2 { loop.turn(until: loop.now) }
    }
  }
  loop.stop()
  loop.run { true }
  return seen
}

/// A path that begins with `s` is answered by a stream.
private func answer(_ exchange: Exchange) {
  guard exchange.request.path.first?.first == UInt8(ascii: "s") else { return exchange.answer(Response(contentType: .text)) }
  let stream = BodyStream(isEndless: false)
  stream.pending.append("some")
  stream.end(broken: false)
  exchange.answer(Response(contentType: .text, stream: stream))
}
