/// One request and its answer, which may come at once or later. The handler need not know how the server sends it.
final class Exchange {
  /// Filled by the server; the body is dropped when a child works on it.
  var request: Request
  private var caller: Caller?
  private(set) var response: Response?
  /// Called when the answer comes after the handler has returned. Set and cleared by the server.
  var answered: (() -> Void)?
  /// Nobody waits for the answer any more.
  private(set) var isAbandoned = false

  init(_ request: Request = Request()) { self.request = request }

  /// Who sent the request.
  var peer: Peer { caller?.peer ?? Peer.agent }

  /// Called by the server before it hands the request on.
  func begin(for caller: Caller) { self.caller = caller }

  /// Makes the exchange ready for another request. It must be answered, and nobody else may hold it. Keeps the head and a small body, which
  /// the next request may repeat.
  func clear() {
    if request.body.capacity > Limits.smallBody { request.body = [] }
    (caller, response, answered) = (nil, nil, nil)
    isAbandoned = false
  }

  /// Nobody waits for the answer any more. Drops the body, which is no longer counted.
  func abandon() {
    answered = nil
    isAbandoned = true
    request.body = []
  }

  /// Gives the answer; only the first counts.
  func answer(_ response: Response) {
    guard self.response == nil else { return }
    if isAbandoned { response.stream?.abandon() }
    self.response = response
    answered?()
  }
}
