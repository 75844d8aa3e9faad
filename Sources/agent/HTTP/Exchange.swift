/// One request and its answer, which may come at once or later. The server waits for it; whoever answers need not know how.
final class Exchange {
  private(set) var request: Request
  /// Who asks.
  private(set) lazy var peer = whoAsks()
  private(set) var response: Response?
  /// Called when the answer comes later than the handler's return. The server sets and clears it.
  var answered: (() -> Void)?

  /// Nobody waits for the answer any more.
  private(set) var isAbandoned = false
  private let whoAsks: () -> Peer

  init(_ request: Request, from whoAsks: @escaping () -> Peer = { Peer(group: [], user: 0) }) {
    self.request = request
    self.whoAsks = whoAsks
  }

  /// Nobody waits for the answer any more.
  func abandon() {
    answered = nil
    isAbandoned = true
  }

  /// Puts another body in the place of the one that came.
  func replaceBody(_ body: [UInt8]) { request.body = body }

  /// Gives the answer; only the first one counts.
  func answer(_ response: Response) {
    guard self.response == nil else { return }
    if isAbandoned { response.stream?.abandon() }
    self.response = response
    answered?()
  }
}
