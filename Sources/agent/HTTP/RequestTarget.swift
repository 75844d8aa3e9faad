/// The target of a request line: origin form, or absolute form as the Rust SDK sends it (RFC 9112 §3.2).
enum RequestTarget {
  static func parse(_ target: ArraySlice<UInt8>, _ request: inout Request) throws(HTTPError) {
    var target = target
    if target.prefix(7).matchesIgnoringCase("http://") {
      let authority = target.dropFirst(7)
      guard let slash = authority.firstIndex(where: { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") }),
        slash > authority.startIndex
      else { throw .bad("malformed request target") }
      target = authority[slash...]
    }
    let mark = target.firstIndex(of: UInt8(ascii: "?")) ?? target.endIndex
    let path = target[..<mark]
    let query = target[mark...].dropFirst()
    // curl sends a query as it was typed: bytes above 0x7f are let through and must be UTF-8 where they are used
    guard path.first == UInt8(ascii: "/"), path.allSatisfy({ isGraphic($0) && $0 < 0x80 }), query.allSatisfy(isGraphic) else {
      throw .bad("malformed request target")
    }
    // a base address may end in a slash
    for segment in path.split(separator: UInt8(ascii: "/")) {
      guard let decoded = FormEncoding.decode(segment, plusIsSpace: false), !decoded.contains(0) else {
        throw .bad("malformed request target")
      }
      request.path.append(decoded)
    }
    request.query = Array(query)
  }

  /// Neither control character, nor space, nor a fragment's start.
  private static func isGraphic(_ byte: UInt8) -> Bool { byte > 0x20 && byte != 0x7f && byte != UInt8(ascii: "#") }
}
