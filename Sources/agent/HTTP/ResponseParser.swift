/// Parses an answer (RFC 9112) to one of our requests from pieces of any size: the status, then a body of given length, in chunks, or up to
/// the end of the connection. The caller stores the body, as it may be secret.
struct ResponseParser {
  private enum State { case statusLine, field, body, untilClose, chunkSize, chunk, chunkEnd, trailer, complete }

  private var state = State.statusLine
  /// The current line, without its end.
  private var line: [UInt8] = []
  /// Bytes so far of the head, or of the lines between two chunks.
  private var lineBytes = 0
  /// Bytes of the body or chunk still to come.
  private var remaining = 0
  private var length: Int?
  private var isChunked = false

  /// Three digits; 0 before the status line is read.
  private(set) var status = 0
  /// Whether the head is complete, with its empty line.
  private(set) var hasHead = false

  /// Whether the whole answer has arrived. Bytes after it are ignored.
  var isComplete: Bool { state == .complete }

  /// Takes the first `count` bytes of `input`, and gives `body` each range of them that belongs to the body. Throws as soon as the answer
  /// is malformed.
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

  /// The connection has ended. Throws if the answer is incomplete.
  mutating func end() throws(AgentError) {
    if state == .untilClose { state = .complete }
    if state != .complete { throw .failed("the answer is incomplete") }
  }

  /// Takes and returns how many of the next `count` bytes belong to the body; 0 if the next byte does not.
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

  /// Takes a byte outside the body. A CR before the LF is dropped.
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

  /// Takes the completed line.
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
      // all trailers together may be as long as one line
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
