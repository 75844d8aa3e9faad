/// The target of a request line: origin form, or absolute form as the Rust SDK sends it (RFC 9112 §3.2).
enum RequestTarget {
  static func parse(_ target: ArraySlice<UInt8>, _ request: inout Request) throws(HTTPError) {
    var target = target
    if target.first != UInt8(ascii: "/"), target.prefix(7).matchesIgnoringCase("http://") {
      let authority = target.dropFirst(7)
      guard let slash = authority.firstIndex(where: { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") }),
        slash > authority.startIndex
      else { throw malformed }
      target = authority[slash...]
    }
    let mark = target.firstIndex(of: UInt8(ascii: "?")) ?? target.endIndex
    let query = target[mark...].dropFirst()
    // curl sends a query as it was typed: bytes above 0x7f are let through and must be UTF-8 where they are used
    guard target.first == UInt8(ascii: "/"), query.allSatisfy(isGraphic) else { throw malformed }
    request.query = Array(query)
    // a base address may end in a slash
    var (start, hasEscapes) = (target.startIndex, false)
    for at in target.startIndex..<mark {
      let byte = target[at]
      guard isGraphic(byte), byte < 0x80 else { throw malformed }
      if byte == UInt8(ascii: "%") { hasEscapes = true }
      if byte == UInt8(ascii: "/") {
        try add(target[start..<at], hasEscapes, &request)
        (start, hasEscapes) = (at + 1, false)
      }
    }
    try add(target[start..<mark], hasEscapes, &request)
  }

  private static func add(_ segment: ArraySlice<UInt8>, _ hasEscapes: Bool, _ request: inout Request) throws(HTTPError) {
    if segment.isEmpty { return }
    if hasEscapes {
      guard let decoded = FormEncoding.decode(segment, plusIsSpace: false), !decoded.contains(0) else { throw malformed }
      request.route += decoded
    } else {
      request.route += segment
    }
    request.route.append(0)
  }

  /// Neither control character, nor space, nor a fragment's start.
  private static func isGraphic(_ byte: UInt8) -> Bool { byte > 0x20 && byte != 0x7f && byte != UInt8(ascii: "#") }

  private static var malformed: HTTPError { .bad("malformed request target") }
}
