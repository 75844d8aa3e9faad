/// One request and its answer, which may come at once or later. The server waits for it; whoever answers need not know how.
final class Exchange {
  /// The server's to fill; its body is gone where a child works on it.
  var request: Request
  private var caller: Caller?
  private(set) var response: Response?
  /// Called when the answer comes later than the handler's return. The server sets and clears it.
  var answered: (() -> Void)?
  /// Nobody waits for the answer any more.
  private(set) var isAbandoned = false

  init(_ request: Request = Request()) { self.request = request }

  /// Who asks.
  var peer: Peer { caller?.peer ?? Peer.agent }

  /// The server's, before it hands the request on.
  func begin(for caller: Caller) { self.caller = caller }

  /// Makes it ready for another request, if this one is answered and nobody else has it.
  func clear() {
    request.clear()
    (caller, response, answered) = (nil, nil, nil)
    isAbandoned = false
  }

  /// Nobody waits for the answer any more, and nobody counts the body.
  func abandon() {
    answered = nil
    isAbandoned = true
    request.body = []
  }

  /// Gives the answer; only the first one counts.
  func answer(_ response: Response) {
    guard self.response == nil else { return }
    if isAbandoned { response.stream?.abandon() }
    self.response = response
    answered?()
  }
}
