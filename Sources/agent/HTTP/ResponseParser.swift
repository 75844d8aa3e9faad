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
  /// The media type as it came, empty if none was told.
  private(set) var contentType: [UInt8] = []

  /// Whether the whole of the answer has come. What comes behind it is passed over.
  var isComplete: Bool { state == .complete }

  /// How many of the next bytes, of which `count` have come, are body: they are taken in. 0 if the next one is not.
  mutating func takeBody(_ count: Int) -> Int {
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

  /// Takes in what has come and appends what of it is body to `body`. Throws as soon as the answer is not one.
  mutating func take(_ input: [UInt8], body: inout [UInt8]) throws(AgentError) {
    var at = 0
    while at < input.count, !isComplete {
      let count = takeBody(input.count - at)
      body += input[at..<(at + count)]
      at += count
      if count == 0 {
        try take(input[at])
        at += 1
      }
    }
  }

  /// The connection has ended. Throws if the answer has not.
  mutating func end() throws(AgentError) {
    if state == .untilClose { state = .complete }
    if state != .complete { throw .failed("the answer is cut short") }
  }

  /// Takes in a byte that is not body. A carriage return counts only in front of the line feed.
  mutating func take(_ byte: UInt8) throws(AgentError) {
    lineBytes += 1
    guard lineBytes <= (hasHead ? Limits.responseLine : Limits.responseHead) else {
      throw .failed("the head of the answer is too large")
    }
    guard byte == 0x0a else { return line.append(byte) }
    if line.last == 0x0d { line.removeLast() }
    let complete = line
    line.removeAll(keepingCapacity: true)
    try end(of: complete)
  }

  private mutating func end(of line: [UInt8]) throws(AgentError) {
    switch state {
    case .statusLine: try readStatus(line)
    case .field where line.isEmpty: try endHead()
    case .field: try readField(line)
    case .chunkEnd:
      guard line.isEmpty else { throw malformed }
      state = .chunkSize
      lineBytes = 0
    case .chunkSize:
      try readChunkSize(line)
      // the trailer has the room of one line altogether
      lineBytes = 0
    case .trailer where line.isEmpty: state = .complete
    default: break
    }
  }

  private mutating func readStatus(_ line: [UInt8]) throws(AgentError) {
    guard line.count >= 12, line.hasPrefix("HTTP/1."), isDigit(line[7]), line[8] == 0x20,
      let number = parseDecimal(line[9..<12]), number >= 100, line.count == 12 || line[12] == 0x20
    else { throw malformed }
    status = Int(truncatingIfNeeded: number)
    state = .field
  }

  private mutating func readField(_ line: [UInt8]) throws(AgentError) {
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
    } else if name.matchesIgnoringCase("content-type") {
      contentType = Array(value)
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

  private mutating func readChunkSize(_ line: [UInt8]) throws(AgentError) {
    var size = 0
    var digits = 0
    for byte in line {
      guard let value = Hex.value(byte) else {
        // an extension
        if digits > 0, byte == UInt8(ascii: ";") || byte == 0x20 { break }
        throw malformed
      }
      digits += 1
      guard digits <= 15 else { throw malformed }
      size = size << 4 | Int(value)
    }
    guard digits > 0 else { throw malformed }
    remaining = size
    state = size == 0 ? .trailer : .chunk
  }

  private var malformed: AgentError { .failed("the answer is not HTTP") }
}
