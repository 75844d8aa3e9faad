/// Parses request heads (RFC 9112) from pieces of any size. Strict where a proxy and the agent could otherwise disagree about where a
/// request ends: bare LF, folded lines, space before a colon, repeated Host or Content-Length, Content-Length beside a transfer coding, and
/// transfer codings other than `chunked`.
struct RequestParser {
  /// How far the head has been scanned, so that a slow head is not scanned again.
  private var scanned = 0
  /// The offset of the first line's LF; 0 until it is found.
  private var firstLine = 0

  /// Parses the head at the start of `input` into a request without a body and returns its length; nil while it is incomplete. Throws as
  /// soon as it is malformed.
  mutating func read(_ input: ArraySlice<UInt8>, into request: inout Request) throws(HTTPError) -> Int? {
    let text = input.span
    let known = request.head.count
    if known > 0, known <= text.count, text.has(request.head.span, at: 0) {
      self = RequestParser()
      return known
    }
    let limit = min(text.count, Limits.requestHead)
    var at = text.control(below: 0x0b, from: scanned, to: limit)
    while at < limit {
      if text[at] == 0 { throw .bad("NUL in the request head") }
      if text[at] == 0x0a {
        guard at > 0, text[at - 1] == 0x0d else { throw .bad("bare LF in the request head") }
        if firstLine == 0 { firstLine = at }
        if at >= 3, text[at - 2] == 0x0a {
          let end = firstLine
          (scanned, firstLine) = (0, 0)
          request.clear()
          try parse(input, end, &request)
          request.keep(input.prefix(at + 1))
          return at + 1
        }
      }
      at = text.control(below: 0x0b, from: at + 1, to: limit)
    }
    scanned = limit
    if limit >= Limits.requestHead { throw HTTPError(.headTooLarge, "the request head is too large") }
    return nil
  }

  /// `head` begins with a complete head: each line ends in CR LF, the first at offset `end`, and the last line is empty.
  private func parse(_ head: ArraySlice<UInt8>, _ end: Int, _ request: inout Request) throws(HTTPError) {
    let text = head.span
    try requestLine(head, end - 1, &request)
    var fields = Fields()
    var at = end + 1
    while text[at] != 0x0d { at = try fields.add(head, at, &request) }
    try fields.conclude(text, &request)
  }

  /// Parses the first `end` bytes of the head.
  private func requestLine(_ head: ArraySlice<UInt8>, _ end: Int, _ request: inout Request) throws(HTTPError) {
    let text = head.span
    // the spaces after the method and before the version
    var (first, last) = (text.endOfToken(0), end - 9)
    guard first > 0, first < last, text[first] == 0x20, text[last] == 0x20, text.has("HTTP/", at: last + 1),
      isDigit(text[end - 3]), text[end - 2] == UInt8(ascii: "."), isDigit(text[end - 1])
    else { throw .bad("malformed request line") }
    switch first {
    case 3 where text.has("GET", at: 0): request.method = .get
    case 4 where text.has("POST", at: 0): request.method = .post
    case 4 where text.has("HEAD", at: 0): request.method = .head
    default: break
    }
    guard text[end - 3] == UInt8(ascii: "1") else {
      throw HTTPError(.versionNotSupported, "only HTTP/1.0 and HTTP/1.1 are supported")
    }
    request.minorVersion = text[end - 1] == UInt8(ascii: "0") ? 0 : 1
    first += head.startIndex + 1
    last += head.startIndex
    try RequestTarget.parse(head[first..<last], &request)
  }
}

/// `tchar` of RFC 9110 §5.6.2.
func isToken(_ byte: UInt8) -> Bool {
  // one bit per byte, from 0x00 and from 0x40
  let tokens: UInt64 = byte < 0x40 ? 0x03ff_6cfa_0000_0000 : 0x57ff_ffff_c7ff_fffe
  return byte < 0x80 && tokens >> UInt64(byte & 0x3f) & 1 != 0
}

/// Bytes allowed in a field value: no control character but TAB; 0x80 and above are obs-text (RFC 9110 §5.5).
func isFieldText(_ byte: UInt8) -> Bool { byte == 0x09 || (byte >= 0x20 && byte != 0x7f) }

extension Span<UInt8> {
  /// The offset of the first byte in `start..<end` that is below `bound` (at most 0x80) or is DEL; `end` if there is none.
  @inline(never)
  fileprivate func control(below bound: UInt8, from start: Int, to end: Int) -> Int {
    let (ones, high): (UInt64, UInt64) = (0x0101_0101_0101_0101, 0x8080_8080_8080_8080)
    let (bounds, deletes) = (ones &* UInt64(bound), ones &* 0x7f)
    let text = bytes
    var at = start
    // eight at a time: the lowest bit set in `found` belongs to the first such byte
    while at + 8 <= end {
      let word = UInt64(littleEndian: text.unsafeLoadUnaligned(fromByteOffset: at, as: UInt64.self))
      let others = word ^ deletes
      let found = ((word &- bounds) & ~word | (others &- ones) & ~others) & high
      if found != 0 { return at + found.trailingZeroBitCount / 8 }
      at += 8
    }
    while at < end, self[at] >= bound, self[at] != 0x7f { at += 1 }
    return at
  }

  /// The offset after the token at `start`; a byte that is not a `tchar` must follow it.
  @inline(never)
  fileprivate func endOfToken(_ start: Int) -> Int {
    var at = start
    while isLetter(self[at]) || isToken(self[at]) { at += 1 }
    return at
  }
}

/// The header fields that the agent uses; the others are checked and dropped.
private struct Fields {
  private enum Name { case host, contentType, contentLength, connection, expect, transferEncoding }

  private var hosts = 0
  private var contentLengthText: Range<Int>?
  private var hasTransferCoding = false
  private var hasUnknownCoding = false
  private var contentType: Range<Int>?
  private var close = false
  private var keepAlive = false

  /// Takes the field at `start` and returns the next line's offset.
  mutating func add(_ head: ArraySlice<UInt8>, _ start: Int, _ request: inout Request) throws(HTTPError) -> Int {
    let text = head.span
    let known = Self.name(text, start)
    let colon = known?.end ?? text.endOfToken(start)
    // an empty name, a folded line and a space before the colon fail here
    guard colon > start, text[colon] == UInt8(ascii: ":") else { throw .bad("malformed header field") }
    var end = colon
    repeat { end = text.control(below: 0x20, from: end + 1, to: text.count) } while text[end] == 0x09
    guard text[end] == 0x0d, text[end + 1] == 0x0a else { throw .bad("malformed header field") }
    if let known { try note(head, known.name, Self.trimmed(text, colon + 1, end), &request) }
    return end + 2
  }

  /// The known field name at `start`, if any, and the offset after it.
  private static func name(_ text: Span<UInt8>, _ start: Int) -> (name: Name, end: Int)? {
    if let end = endOf(text, start, "Host") { return (.host, end) }
    if let end = endOf(text, start, "Content-Type") { return (.contentType, end) }
    if let end = endOf(text, start, "Content-Length") { return (.contentLength, end) }
    if let end = endOf(text, start, "Connection") { return (.connection, end) }
    if let end = endOf(text, start, "Expect") { return (.expect, end) }
    if let end = endOf(text, start, "Transfer-Encoding") { return (.transferEncoding, end) }
    return nil
  }

  /// The offset after `name` (in any case), if that is the field at `start`.
  @inline(never)
  private static func endOf(_ text: Span<UInt8>, _ start: Int, _ name: StaticString) -> Int? {
    let end = start + name.utf8CodeUnitCount
    guard end < text.count, text[end] == UInt8(ascii: ":"), text.has(name, at: start, folding: 0x20) else { return nil }
    return end
  }

  /// The range without surrounding spaces and tabs.
  private static func trimmed(_ text: Span<UInt8>, _ start: Int, _ end: Int) -> Range<Int> {
    var (start, end) = (start, end)
    while start < end, text[start] == 0x20 || text[start] == 0x09 { start += 1 }
    while start < end, text[end - 1] == 0x20 || text[end - 1] == 0x09 { end -= 1 }
    return start..<end
  }

  private mutating func note(
    _ head: ArraySlice<UInt8>, _ name: Name, _ value: Range<Int>, _ request: inout Request
  ) throws(HTTPError) {
    let text = head.span
    switch name {
    case .host:
      hosts += 1
    case .expect:
      guard Self.has(text, value, "100-continue") else { throw HTTPError(.expectationFailed, "unknown expectation") }
      request.expectsContinue = request.minorVersion == 1
    case .connection:
      for option in TextParts(Self.slice(head, value), by: UInt8(ascii: ",")) {
        let option = agent.trimmed(option)
        if option.matchesIgnoringCase("close") { close = true }
        if option.matchesIgnoringCase("keep-alive") { keepAlive = true }
      }
    case .contentType:
      // the Rust SDK sends it twice with the same value
      if let contentType, Self.slice(head, contentType) != Self.slice(head, value) { throw .bad("two content types") }
      contentType = value
    case .contentLength:
      let digits = Self.slice(head, value)
      guard let number = parseDecimal(digits) else { throw .bad("invalid content length") }
      if let contentLengthText, Self.slice(head, contentLengthText) != digits {
        throw .bad("invalid content length: there are two")
      }
      contentLengthText = value
      request.contentLength = Int(exactly: number) ?? Int.max
    case .transferEncoding:
      try addCodings(Self.slice(head, value), &request)
    }
  }

  private static func slice(_ head: ArraySlice<UInt8>, _ range: Range<Int>) -> ArraySlice<UInt8> {
    head[(head.startIndex + range.lowerBound)..<(head.startIndex + range.upperBound)]
  }

  /// Whether the range holds `literal`, in any case.
  private static func has(_ text: Span<UInt8>, _ range: Range<Int>, _ literal: StaticString) -> Bool {
    range.count == literal.utf8CodeUnitCount && text.has(literal, at: range.lowerBound, folding: 0x20)
  }

  /// Several fields are one list (RFC 9112 §6.1).
  private mutating func addCodings(_ list: ArraySlice<UInt8>, _ request: inout Request) throws(HTTPError) {
    hasTransferCoding = true
    var codings = TextParts(list, by: UInt8(ascii: ","))
    while let part = codings.next() {
      let coding = agent.trimmed(part)
      guard !coding.isEmpty, coding.allSatisfy(isToken) else { throw .bad("malformed transfer coding") }
      if request.isChunked { throw .bad("chunked is not the last transfer coding") }
      if coding.matchesIgnoringCase("chunked") { request.isChunked = true } else { hasUnknownCoding = true }
    }
  }

  /// Checks the fields against each other, once all have been taken.
  func conclude(_ text: Span<UInt8>, _ request: inout Request) throws(HTTPError) {
    if hosts > 1 { throw .bad("two Host fields") }
    if hosts == 0, request.minorVersion == 1 { throw .bad("no Host field") }
    if hasTransferCoding {
      if contentLengthText != nil { throw .bad("Content-Length and Transfer-Encoding") }
      if request.minorVersion == 0 { throw .bad("Transfer-Encoding in HTTP/1.0") }
      if hasUnknownCoding { throw HTTPError(.notImplemented, "unknown transfer coding") }
    }
    if request.contentLength > Limits.requestBody { throw RequestBody.tooLarge }
    request.keepsAlive = !close && (request.minorVersion == 1 || keepAlive)
    if let contentType {
      // what nearly all clients send
      if Self.has(text, contentType, "application/json") { return request.hasJSONBody = true }
      // without its parameters
      var end = contentType.lowerBound
      while end < contentType.upperBound, text[end] != UInt8(ascii: ";") { end += 1 }
      request.hasJSONBody = Self.has(text, Self.trimmed(text, contentType.lowerBound, end), "application/json")
    }
  }
}
