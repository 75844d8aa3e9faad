/// Reads variables from a text in the format of os-release(5).
enum OSRelease {
  /// The value of a variable; nil if it is not assigned. The last assignment counts, as in a shell. Quotes are removed; escapes
  /// are not decoded, because the values needed here have none.
  static func value(of name: StaticString, _ text: [UInt8]) -> [UInt8]? {
    var found: [UInt8]?
    for line in TextParts(linesOf: text) {
      guard var value = line.behind(name), value.popFirst() == UInt8(ascii: "=") else { continue }
      if let quote = value.first, quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'"), value.count > 1,
        value.last == quote
      {
        value = value.dropFirst().dropLast()
      }
      found = Array(value)
    }
    return found
  }
}
