/// A request as an endpoint sees it.
struct Request {
  /// The methods that the agent distinguishes.
  enum Method { case get, head, post, other }

  /// The head that the fields below were parsed from, if it is short; else empty. Clients repeat the same head on a kept
  /// connection, where it need not be parsed again.
  private(set) var head: [UInt8] = []

  var method = Method.other
  /// The non-empty segments of the path, percent-decoded, each followed by a NUL; none contains one.
  var route: [UInt8] = []
  /// What follows `?`, undecoded.
  var query: [UInt8] = []
  /// HTTP/1.`minorVersion`: 0 or 1.
  var minorVersion = 1
  /// Whether the connection stays open for another request.
  var keepsAlive = true
  /// Whether the client waits for `100 Continue` before it sends the body.
  var expectsContinue = false
  /// Whether Content-Type is application/json, whatever its parameters.
  var hasJSONBody = false
  /// Bytes of the body; 0 if it is chunked.
  var contentLength = 0
  var isChunked = false
  var body: [UInt8] = []

  /// The segments of the route; an encoded slash stays inside its segment.
  var path: [[UInt8]] {
    get {
      var path: [[UInt8]] = []
      for segment in TextParts(route[...], by: 0) where !segment.isEmpty { path.append([UInt8](segment)) }
      return path
    }
    set { route = newValue.flatMap { $0 + [0] } }
  }

  /// Makes it ready for another head. Keeps the buffers that ordinary requests need.
  mutating func clear() {
    (method, minorVersion, contentLength) = (.other, 1, 0)
    (keepsAlive, expectsContinue, hasJSONBody, isChunked) = (true, false, false, false)
    if !query.isEmpty { query = [] }
    route.removeAll(keepingCapacity: true)
    head.removeAll(keepingCapacity: true)
  }

  /// Records that the fields are those of this head.
  mutating func keep(_ head: ArraySlice<UInt8>) {
    if head.count <= Limits.keptHead, Memory.makeRoom(head.count, behind: &self.head) { copy(head, behind: &self.head) }
  }

  /// Whether the first `count` bytes of `data` are a whole request with the kept head, and nothing more; if so, takes its body.
  mutating func isRepeated(by data: [UInt8], _ count: Int) -> Bool {
    let known = head.count
    let text = data.span.extracting(first: count)
    guard known > 0, !isChunked, count - known == contentLength, text.has(head.span, at: 0) else { return false }
    take(text.extracting(known...))
    return true
  }

  /// Erases the head and the body.
  mutating func wipe() {
    agent.wipe(&head)
    agent.wipe(&body)
    // their zeros must not pass for what was kept
    head.removeAll(keepingCapacity: true)
    body.removeAll(keepingCapacity: true)
  }

  /// Sets the body, which has arrived whole. A client that repeats a head often repeats a short body too: that need not be copied.
  mutating func take(_ text: Span<UInt8>) {
    if body.count == text.count, body.span.has(text, at: 0) { return }
    body.removeAll(keepingCapacity: true)
    copy(text, behind: &body)
  }
}
