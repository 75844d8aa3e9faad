/// os-release(5).
enum OSRelease {
  /// The value of VERSION_ID; nil if there is none. A later line counts for more, as in a shell.
  static func versionID(_ text: [UInt8]) -> [UInt8]? {
    var found: [UInt8]?
    for line in text.split(separator: UInt8(ascii: "\n")) where line.hasPrefix("VERSION_ID=") {
      var value = line.dropFirst(11)
      // a version needs no escapes, so quotes can only stand around it
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
