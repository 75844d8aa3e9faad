/// Reads the answer to a request that asked for the connection's end (RFC 9112), byte by byte: the body may be a secret, and is left
/// to the caller. Where it ends is told by its length, by chunks or by the end of the stream.
struct ResponseReader {
  private enum Part {
    case status, fields, chunkSize, chunkEnd, trailer
    case body(left: UInt64), chunk(left: UInt64), rest
    case end
  }

  private var part = Part.status
  private var line: [UInt8] = []
  /// Bytes that are not of the body.
  private var head = 0
  private var length: UInt64?
  private var isChunked = false
  private(set) var status: UInt64 = 0

  /// Whether nothing more belongs to the answer.
  var isComplete: Bool { if case .end = part { true } else { false } }

  /// Whether the next byte is of the body. Throws `.failed` for what is no answer.
  mutating func take(_ byte: UInt8) throws(AgentError) -> Bool {
    switch part {
    case .body(let left):
      part = left == 1 ? .end : .body(left: left - 1)
      return true
    case .chunk(let left):
      part = left == 1 ? .chunkEnd : .chunk(left: left - 1)
      return true
    case .rest: return true
    case .end: throw Self.malformed
    default: break
    }
    head += 1
    guard head <= Limits.answerHead else { throw .failed("the head of the answer is too large") }
    if byte != 0x0a {
      line.append(byte)
      return false
    }
    guard line.popLast() == 0x0d else { throw Self.malformed }
    try endLine()
    line.removeAll(keepingCapacity: true)
    return false
  }

  /// The stream has ended.
  func end() throws(AgentError) {
    switch part {
    case .end, .rest: return
    default: throw .failed("the answer is cut short")
    }
  }

  private mutating func endLine() throws(AgentError) {
    switch part {
    case .status:
      guard line.count >= 12, line.hasPrefix("HTTP/1."), line[8] == 0x20, line.count == 12 || line[12] == 0x20,
        let number = parseDecimal(line[9..<12])
      else { throw Self.malformed }
      status = number
      part = .fields
    case .fields where line.isEmpty:
      if isChunked, length != nil { throw Self.malformed }
      part = isChunked ? .chunkSize : .body(left: length ?? 0)
      if !isChunked, length == nil { part = .rest }
      if length == 0 { part = .end }
    case .fields: try field()
    case .chunkSize: try chunkSize()
    case .chunkEnd where line.isEmpty: part = .chunkSize
    case .trailer: if line.isEmpty { part = .end }
    default: throw Self.malformed
    }
  }

  private mutating func field() throws(AgentError) {
    guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { throw Self.malformed }
    let name = line[..<colon]
    var value = line[(colon + 1)...]
    while value.first == 0x20 || value.first == 0x09 { value.removeFirst() }
    while value.last == 0x20 || value.last == 0x09 { value.removeLast() }
    if name.matchesIgnoringCase("content-length") {
      guard length == nil, let number = parseDecimal(value) else { throw Self.malformed }
      length = number
    } else if name.matchesIgnoringCase("transfer-encoding") {
      guard !isChunked, value.matchesIgnoringCase("chunked") else { throw Self.malformed }
      isChunked = true
    }
  }

  /// Hex digits, perhaps with extensions behind them.
  private mutating func chunkSize() throws(AgentError) {
    var size: UInt64 = 0
    var digits = 0
    for byte in line {
      guard let nibble = Hex.value(byte) else {
        if byte == UInt8(ascii: ";") || byte == 0x20 { break }
        throw Self.malformed
      }
      digits += 1
      size = size << 4 | UInt64(nibble)
    }
    guard digits > 0, digits <= 15 else { throw Self.malformed }
    part = size == 0 ? .trailer : .chunk(left: size)
  }

  private static var malformed: AgentError { .failed("the answer is not HTTP") }
}
