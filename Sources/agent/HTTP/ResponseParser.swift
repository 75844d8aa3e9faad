/// Reads an answer (RFC 9112) to a request of ours from bytes that come in any pieces: the status, then the body, whose length is
/// given, told by chunks, or shown by the end of the connection. The body is left to the caller, as it may be a secret.
struct ResponseParser {
  private enum State { case statusLine, field, body, untilClose, chunkSize, chunk, chunkEnd, trailer, complete }

  private var state = State.statusLine
  /// The line that is being read, without its end.
  private var line: [UInt8] = []
  /// Bytes of the head, or of what stands between two chunks, so far.
  private var lineBytes = 0
  /// Bytes of the body or the chunk that are still to come.
  private var remaining = 0
  private var length: Int?
  private var isChunked = false

  /// Three digits; 0 before the status line is read.
  private(set) var status = 0
  /// Whether the head is read, up to the empty line.
  private(set) var hasHead = false

  /// Whether the whole of the answer has come. What comes behind it is passed over.
  var isComplete: Bool { state == .complete }

  /// Takes in the first `count` bytes of what has come, and hands over where the body is in them, run by run. Throws as soon as the
  /// answer is not one.
  mutating func take(
    _ input: ByteSource, _ count: Int, body: (Range<Int>) throws(AgentError) -> Void
  ) throws(AgentError) {
    var at = 0
    while at < count, !isComplete {
      let taken = takeBody(count - at)
      if taken > 0 { try body(at..<(at + taken)) } else { try take(input[at]) }
      at += max(taken, 1)
    }
  }

  /// The connection has ended. Throws if the answer has not.
  mutating func end() throws(AgentError) {
    if state == .untilClose { state = .complete }
    if state != .complete { throw .failed("the answer is cut short") }
  }

  /// How many of the next bytes, of which `count` have come, are body: they are taken in. 0 if the next one is not.
  private mutating func takeBody(_ count: Int) -> Int {
    switch state {
    case .untilClose: return count
    case .body, .chunk:
      let taken = min(remaining, count)
      remaining -= taken
      if remaining == 0 { state = state == .body ? .complete : .chunkEnd }
      return taken
    default: return 0
    }
  }

  /// Takes in a byte that is not body. A carriage return counts only in front of the line feed.
  @inline(never)
  private mutating func take(_ byte: UInt8) throws(AgentError) {
    lineBytes += 1
    guard lineBytes <= (hasHead ? Limits.responseLine : Limits.responseHead) else {
      throw .failed("the head of the answer is too large")
    }
    guard byte == 0x0a else { return line.append(byte) }
    if line.last == 0x0d { line.removeLast() }
    try readLine()
    line.removeAll(keepingCapacity: true)
  }

  /// Takes in the line that has ended.
  private mutating func readLine() throws(AgentError) {
    switch state {
    case .statusLine: try readStatus()
    case .field where line.isEmpty: try endHead()
    case .field: try readField()
    case .chunkEnd:
      guard line.isEmpty else { throw malformed }
      state = .chunkSize
      lineBytes = 0
    case .chunkSize:
      try readChunkSize()
      // the trailer has the room of one line altogether
      lineBytes = 0
    case .trailer where line.isEmpty: state = .complete
    default: break
    }
  }

  private mutating func readStatus() throws(AgentError) {
    guard line.count >= 12, line.hasPrefix("HTTP/1."), isDigit(line[7]), line[8] == 0x20,
      let number = parseDecimal(line[9..<12]), number >= 100, line.count == 12 || line[12] == 0x20
    else { throw malformed }
    status = Int(truncatingIfNeeded: number)
    state = .field
  }

  private mutating func readField() throws(AgentError) {
    guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > 0 else { throw malformed }
    let name = line[..<colon]
    let value = trimmed(line[(colon + 1)...])
    if name.matchesIgnoringCase("content-length") {
      guard let number = parseDecimal(value), let count = Int(exactly: number), length == nil || length == count else {
        throw malformed
      }
      length = count
    } else if name.matchesIgnoringCase("transfer-encoding") {
      guard value.matchesIgnoringCase("chunked"), !isChunked else { throw malformed }
      isChunked = true
    }
  }

  private mutating func endHead() throws(AgentError) {
    if status < 200 {
      // another head follows
      self = ResponseParser()
      return
    }
    hasHead = true
    lineBytes = 0
    if isChunked, length != nil { throw malformed }
    if status == 204 || status == 304 || length == 0 {
      state = .complete
    } else if isChunked {
      state = .chunkSize
    } else if let length {
      remaining = length
      state = .body
    } else {
      state = .untilClose
    }
  }

  private mutating func readChunkSize() throws(AgentError) {
    // an extension may follow
    let digits = line.prefix { $0 != UInt8(ascii: ";") && $0 != 0x20 }
    guard let size = Hex.number(digits, most: 15) else { throw malformed }
    remaining = Int(size)
    state = size == 0 ? .trailer : .chunk
  }

  private var malformed: AgentError { .failed("the answer is not HTTP") }
}
