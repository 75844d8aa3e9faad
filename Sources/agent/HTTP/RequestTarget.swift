/// The target of a request line: origin form, or absolute form as the Rust SDK sends it (RFC 9112 §3.2).
enum RequestTarget {
  /// Sets the request's route and query.
  static func parse(_ target: ArraySlice<UInt8>, _ request: inout Request) throws(HTTPError) {
    let text = target.span
    var at = 0
    if text.count > 7, text.has("http://", at: 0, folding: 0x20) {
      at = 7
      while at < text.count, text[at] != UInt8(ascii: "/"), text[at] != UInt8(ascii: "?") { at += 1 }
      if at == 7 { throw malformed }
    }
    guard at < text.count, text[at] == UInt8(ascii: "/") else { throw malformed }
    var hasEscapes = false
    while at < text.count, text[at] != UInt8(ascii: "?") {
      let start = at
      while at < text.count, isPlain(text[at]) { at += 1 }
      if at > start {
        request.route.append(contentsOf: target[(target.startIndex + start)..<(target.startIndex + at)])
        continue
      }
      var byte = text[at]
      at += 1
      guard isGraphic(byte), byte < 0x80 else { throw malformed }
      if byte == UInt8(ascii: "/") {
        endSegment(&request)
        continue
      }
      if byte == UInt8(ascii: "%") {
        guard at + 1 < text.count, let high = Hex.value(text[at]), let low = Hex.value(text[at + 1]) else { throw malformed }
        byte = high << 4 | low
        // a NUL would end the segment
        if byte == 0 { throw malformed }
        at += 2
        hasEscapes = true
      }
      request.route.append(byte)
    }
    endSegment(&request)
    if hasEscapes, !UTF8Text.isValid(request.route) { throw malformed }
    if at == text.count { return }
    // curl sends a query as typed: bytes above 0x7f pass here and must be UTF-8 where they are used
    request.query = Array(target[(target.startIndex + at + 1)...])
    guard request.query.allSatisfy(isGraphic) else { throw malformed }
  }

  /// An empty segment is ignored: a base address may end in a slash.
  private static func endSegment(_ request: inout Request) {
    if let last = request.route.last, last != 0 { request.route.append(0) }
  }

  /// The bytes that most paths consist of.
  private static func isPlain(_ byte: UInt8) -> Bool { isLetter(byte) || isDigit(byte) || byte == UInt8(ascii: "_") }

  /// No control character, no space, and not the start of a fragment.
  private static func isGraphic(_ byte: UInt8) -> Bool { byte > 0x20 && byte != 0x7f && byte != UInt8(ascii: "#") }

  private static var malformed: HTTPError { .bad("malformed request target") }
}
