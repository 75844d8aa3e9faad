/// Reads request heads (RFC 9112) from bytes that come in any pieces. Strict where a proxy and the agent could otherwise disagree
/// about where a request ends: bare line feeds, folded lines, space before a colon, repeated Host or Content-Length, transfer codings
/// beside `chunked` or Content-Length.
struct RequestParser {
  /// How far the head has been looked through, so that a slow head costs no second look.
  private var scanned = 0

  /// Reads the head at the start of `input` into a request that is clear, and tells its length; nil while it is incomplete. Throws as
  /// soon as it cannot become one.
  mutating func read(_ input: ArraySlice<UInt8>, into request: inout Request) throws(HTTPError) -> Int? {
    let text = input.span
    let limit = min(text.count, Limits.requestHead)
    var at = scanned
    while at < limit {
      let byte = text[at]
      if byte <= 0x0a {
        if byte == 0 { throw .bad("NUL in the request head") }
        if byte == 0x0a {
          guard at > 0, text[at - 1] == 0x0d else { throw .bad("bare LF in the request head") }
          if at >= 3, text[at - 2] == 0x0a {
            scanned = 0
            try parse(input.prefix(at + 1), &request)
            return at + 1
          }
        }
      }
      at += 1
    }
    scanned = at
    if at >= Limits.requestHead { throw HTTPError(.headTooLarge, "the request head is too large") }
    return nil
  }

  /// A whole head: each line ends in CR and LF, and the last one is empty.
  private func parse(_ head: ArraySlice<UInt8>, _ request: inout Request) throws(HTTPError) {
    let end = head.firstIndex(of: 0x0a) ?? head.startIndex
    try requestLine(head[..<end].dropLast(), &request)
    var fields = Fields()
    var rest = head[end...].dropFirst()
    while rest.count > 2 { rest = rest.dropFirst(try fields.add(rest, &request)) }
    try fields.conclude(&request)
  }

  private func requestLine(_ line: ArraySlice<UInt8>, _ request: inout Request) throws(HTTPError) {
    guard let first = line.firstIndex(of: 0x20), let last = line.lastIndex(of: 0x20), first < last else {
      throw .bad("malformed request line")
    }
    let method = line[..<first]
    guard !method.isEmpty, method.allSatisfy(isToken) else { throw .bad("malformed request line") }
    if method.matches("GET") { request.method = .get }
    if method.matches("POST") { request.method = .post }
    if method.matches("HEAD") { request.method = .head }
    let version = line[(last + 1)...]
    guard version.count == 8, version.hasPrefix("HTTP/"), isDigit(version[last + 6]), version[last + 7] == 0x2e,
      isDigit(version[last + 8])
    else { throw .bad("malformed request line") }
    guard version[last + 6] == UInt8(ascii: "1") else { throw HTTPError(.versionNotSupported, "only HTTP/1.1 is spoken here") }
    request.minorVersion = version[last + 8] == UInt8(ascii: "0") ? 0 : 1
    try RequestTarget.parse(line[(first + 1)..<last], &request)
  }
}

/// `tchar` of RFC 9110 §5.6.2.
func isToken(_ byte: UInt8) -> Bool {
  // a bit for each, from 0x00 and from 0x40 on
  let tokens: UInt64 = byte < 0x40 ? 0x03ff_6cfa_0000_0000 : 0x57ff_ffff_c7ff_fffe
  return byte < 0x80 && tokens >> UInt64(byte & 0x3f) & 1 != 0
}

/// What may stand in a field's value: no control character but TAB; 0x80 and above are obs-text (RFC 9110 §5.5).
func isFieldText(_ byte: UInt8) -> Bool { byte == 0x09 || (byte >= 0x20 && byte != 0x7f) }

/// The header fields that mean something here; the others are checked and forgotten.
private struct Fields {
  private var hosts = 0
  private var contentLengthText: ArraySlice<UInt8>?
  private var hasTransferCoding = false
  private var hasUnknownCoding = false
  private var contentType: ArraySlice<UInt8>?
  private var close = false
  private var keepAlive = false

  /// Takes in the field at the start of what is left of the head, and tells how long its line is.
  mutating func add(_ rest: ArraySlice<UInt8>, _ request: inout Request) throws(HTTPError) -> Int {
    let text = rest.span
    var colon = 0
    while isToken(text[colon]) { colon += 1 }
    // an empty name, a folded line and a space before the colon fail here
    guard colon > 0, text[colon] == UInt8(ascii: ":") else { throw .bad("malformed header field") }
    var end = colon + 1
    while isFieldText(text[end]) { end += 1 }
    guard text[end] == 0x0d, text[end + 1] == 0x0a else { throw .bad("malformed header field") }
    switch colon {
    // the lengths of the names that mean something
    case 4, 6, 10, 12, 14, 17:
      let start = rest.startIndex
      try note(rest[start..<(start + colon)], trimmed(rest[(start + colon + 1)..<(start + end)]), &request)
    default: break
    }
    return end + 2
  }

  private mutating func note(
    _ name: ArraySlice<UInt8>, _ value: ArraySlice<UInt8>, _ request: inout Request
  ) throws(HTTPError) {
    if name.matchesIgnoringCase("host") {
      hosts += 1
    } else if name.matchesIgnoringCase("content-length") {
      guard let number = parseDecimal(value) else { throw .bad("invalid content length") }
      if let contentLengthText, !contentLengthText.elementsEqual(value) { throw .bad("invalid content length: there are two") }
      contentLengthText = value
      request.contentLength = Int(exactly: number) ?? Int.max
    } else if name.matchesIgnoringCase("transfer-encoding") {
      try addCodings(value, &request)
    } else if name.matchesIgnoringCase("content-type") {
      // the Rust SDK sends it twice with the same value
      if let contentType, !contentType.elementsEqual(value) { throw .bad("two content types") }
      contentType = value
    } else if name.matchesIgnoringCase("connection") {
      for option in TextParts(value, by: UInt8(ascii: ",")) {
        if trimmed(option).matchesIgnoringCase("close") { close = true }
        if trimmed(option).matchesIgnoringCase("keep-alive") { keepAlive = true }
      }
    } else if name.matchesIgnoringCase("expect") {
      guard value.matchesIgnoringCase("100-continue") else { throw HTTPError(.expectationFailed, "unknown expectation") }
      request.expectsContinue = request.minorVersion == 1
    }
  }

  /// Several fields are one list (RFC 9112 §6.1).
  private mutating func addCodings(_ list: ArraySlice<UInt8>, _ request: inout Request) throws(HTTPError) {
    hasTransferCoding = true
    var codings = TextParts(list, by: UInt8(ascii: ","))
    while let part = codings.next() {
      let coding = trimmed(part)
      guard !coding.isEmpty, coding.allSatisfy(isToken) else { throw .bad("malformed transfer coding") }
      if request.isChunked { throw .bad("chunked is not the last transfer coding") }
      if coding.matchesIgnoringCase("chunked") { request.isChunked = true } else { hasUnknownCoding = true }
    }
  }

  func conclude(_ request: inout Request) throws(HTTPError) {
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
      let media = contentType.firstIndex(of: UInt8(ascii: ";")).map { contentType[..<$0] } ?? contentType
      request.hasJSONBody = trimmed(media).matchesIgnoringCase("application/json")
    }
  }
}
