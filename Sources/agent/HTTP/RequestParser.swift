/// Reads request heads (RFC 9112) from bytes that come in any pieces. Strict where a proxy and the agent could otherwise disagree
/// about where a request ends: bare line feeds, folded lines, space before a colon, repeated Host or Content-Length, transfer codings
/// beside `chunked` or Content-Length.
struct RequestParser {
  /// How far the head has been looked through, so that a slow head costs no second look.
  private var scanned = 0

  /// The head at the start of `input` and its length, or nil while it is incomplete. Throws as soon as it cannot become one.
  mutating func head(_ input: ArraySlice<UInt8>) throws(HTTPError) -> (Request, length: Int)? {
    let start = input.startIndex
    let limit = min(input.count, Limits.requestHead)
    while scanned < limit {
      let byte = input[start + scanned]
      if byte == 0 { throw .bad("NUL in the request head") }
      if byte == 0x0a {
        guard scanned > 0, input[start + scanned - 1] == 0x0d else { throw .bad("bare LF in the request head") }
        if scanned >= 3, input[start + scanned - 2] == 0x0a {
          let length = scanned + 1
          scanned = 0
          return (try parse(input[start..<(start + length)]), length)
        }
      }
      scanned += 1
    }
    if scanned >= Limits.requestHead { throw HTTPError(.headTooLarge, "the request head is too large") }
    return nil
  }

  private func parse(_ head: ArraySlice<UInt8>) throws(HTTPError) -> Request {
    var fields = Fields()
    // each ends in a carriage return, and the last one is empty
    var lines = TextParts(head, by: 0x0a)
    try requestLine(lines.next()?.dropLast() ?? [], &fields.request)
    while let line = lines.next()?.dropLast(), !line.isEmpty { try fields.add(line) }
    try fields.conclude()
    return fields.request
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
func isToken(_ byte: UInt8) -> Bool { isAlphanumeric(byte, or: "!#$%&'*+-.^_`|~") }

/// What may stand in a field's value: no control character but TAB; 0x80 and above are obs-text (RFC 9110 §5.5).
func isFieldText(_ byte: UInt8) -> Bool { byte == 0x09 || (byte >= 0x20 && byte != 0x7f) }

/// The header fields that mean something here; the others are checked and forgotten.
private struct Fields {
  /// What they say, once they are concluded.
  var request = Request()
  private var hosts = 0
  private var contentLengthText: ArraySlice<UInt8>?
  private var hasTransferCoding = false
  private var hasUnknownCoding = false
  private var contentType: ArraySlice<UInt8>?
  private var close = false
  private var keepAlive = false

  mutating func add(_ line: ArraySlice<UInt8>) throws(HTTPError) {
    guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { throw .bad("malformed header field") }
    let name = line[..<colon]
    // an empty name, a folded line and a space before the colon fail here
    guard !name.isEmpty, name.allSatisfy(isToken) else { throw .bad("malformed header field") }
    let value = trimmed(line[(colon + 1)...])
    guard value.allSatisfy(isFieldText) else { throw .bad("malformed header field") }
    if name.matchesIgnoringCase("host") {
      hosts += 1
    } else if name.matchesIgnoringCase("content-length") {
      guard let number = parseDecimal(value) else { throw .bad("invalid content length") }
      if let contentLengthText, !contentLengthText.elementsEqual(value) { throw .bad("invalid content length: there are two") }
      contentLengthText = value
      request.contentLength = Int(exactly: number) ?? Int.max
    } else if name.matchesIgnoringCase("transfer-encoding") {
      try addCodings(value)
    } else if name.matchesIgnoringCase("content-type") {
      // the Rust SDK sends it twice with the same value
      if let contentType, !contentType.elementsEqual(value) { throw .bad("two content types") }
      contentType = value
    } else if name.matchesIgnoringCase("connection") {
      for option in value.split(separator: UInt8(ascii: ",")) {
        if trimmed(option).matchesIgnoringCase("close") { close = true }
        if trimmed(option).matchesIgnoringCase("keep-alive") { keepAlive = true }
      }
    } else if name.matchesIgnoringCase("expect") {
      guard value.matchesIgnoringCase("100-continue") else { throw HTTPError(.expectationFailed, "unknown expectation") }
      request.expectsContinue = request.minorVersion == 1
    }
  }

  /// Several fields are one list (RFC 9112 §6.1).
  private mutating func addCodings(_ list: ArraySlice<UInt8>) throws(HTTPError) {
    hasTransferCoding = true
    var codings = TextParts(list, by: UInt8(ascii: ","))
    while let part = codings.next() {
      let coding = trimmed(part)
      guard !coding.isEmpty, coding.allSatisfy(isToken) else { throw .bad("malformed transfer coding") }
      if request.isChunked { throw .bad("chunked is not the last transfer coding") }
      if coding.matchesIgnoringCase("chunked") { request.isChunked = true } else { hasUnknownCoding = true }
    }
  }

  mutating func conclude() throws(HTTPError) {
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
      let media = contentType.prefix { $0 != UInt8(ascii: ";") }
      request.hasJSONBody = trimmed(media).matchesIgnoringCase("application/json")
    }
  }
}
