/// A version (Semantic Versioning 2.0.0), or the beginning of one, as in a range. Build metadata is parsed and dropped, because
/// no comparison uses it.
final class SemVer {
  /// Major, minor and patch; at least the first.
  private(set) var numbers: [UInt64] = []
  /// Whether wildcards take the place of missing numbers.
  private(set) var hasWildcard = false
  /// The pre-release after the hyphen (§9); empty for a release. It needs all three numbers.
  let preRelease: ArraySlice<UInt8>

  /// A complete version; nil for any other text.
  convenience init?(_ text: [UInt8]) {
    self.init(beginning: text[...])
    guard numbers.count == 3 else { return nil }
  }

  /// A version or the beginning of one; nil for any other text.
  init?(beginning text: ArraySlice<UInt8>) {
    var rest = text
    let build = Self.cut(&rest, UInt8(ascii: "+"))
    let suffix = Self.cut(&rest, UInt8(ascii: "-"))
    preRelease = suffix ?? []
    var left = 3
    for part in Self.identifiers(rest) {
      if left == 0 { return nil }
      left -= 1
      if !numbers.isEmpty, Self.isWildcard(part) {
        hasWildcard = true
      } else {
        // no number may follow a wildcard
        guard !hasWildcard, !Self.hasLeadingZero(part), let number = parseDecimal(part) else { return nil }
        numbers.append(number)
      }
    }
    if suffix != nil || build != nil, numbers.count < 3 { return nil }
    if let suffix, !Self.areIdentifiers(suffix, areCompared: true) { return nil }
    if let build, !Self.areIdentifiers(build, areCompared: false) { return nil }
  }

  /// Whether a part of a range stands for any number.
  static func isWildcard(_ text: ArraySlice<UInt8>) -> Bool { text.matches("*") || text.matches("x") || text.matches("X") }

  /// Compares the first numbers, as many as both versions have but at most `count`: 1 if this version is higher, 0 if they are
  /// equal, −1 if it is lower.
  func order(_ other: SemVer, of count: Int) -> Int {
    for index in 0..<min(count, numbers.count, other.numbers.count) where numbers[index] != other.numbers[index] {
      return numbers[index] < other.numbers[index] ? -1 : 1
    }
    return 0
  }

  /// Compares pre-releases (§11): identifier by identifier, and a release is higher than its pre-releases. Negative if this one is lower.
  func preReleaseOrder(_ other: SemVer) -> Int {
    if preRelease.isEmpty || other.preRelease.isEmpty { return other.preRelease.count - preRelease.count }
    var (mine, others) = (Self.identifiers(preRelease), Self.identifiers(other.preRelease))
    while true {
      let (a, b) = (mine.next(), others.next())
      guard let a, let b else { return a == nil ? (b == nil ? 0 : -1) : 1 }
      let order = Self.compare(a, b)
      if order != 0 { return order }
    }
  }

  private static func identifiers(_ text: ArraySlice<UInt8>) -> TextParts { TextParts(text, by: UInt8(ascii: ".")) }

  /// Compares two identifiers: numbers by value, numbers below text, and text by its bytes (§11.4).
  private static func compare(_ a: ArraySlice<UInt8>, _ b: ArraySlice<UInt8>) -> Int {
    let isNumber = a.allSatisfy(isDigit)
    if isNumber != b.allSatisfy(isDigit) { return isNumber ? -1 : 1 }
    // numbers have no leading zeros, so the longer one is larger
    if isNumber, a.count != b.count { return a.count - b.count }
    for (mine, others) in zip(a, b) where mine != others { return mine < others ? -1 : 1 }
    return a.count - b.count
  }

  /// Whether a text is identifiers separated by dots: non-empty, of letters, digits and hyphens. Numbers that are compared
  /// (pre-releases, not build metadata) must have no leading zeros.
  private static func areIdentifiers(_ text: ArraySlice<UInt8>, areCompared: Bool) -> Bool {
    identifiers(text).allSatisfy { identifier in
      !identifier.isEmpty && identifier.allSatisfy { isAlphanumeric($0, or: "-") }
        && !(areCompared && hasLeadingZero(identifier) && identifier.allSatisfy(isDigit))
    }
  }

  /// Cuts a text before the first such byte and returns what follows that byte; nil if the text does not have it.
  private static func cut(_ text: inout ArraySlice<UInt8>, _ byte: UInt8) -> ArraySlice<UInt8>? {
    guard let at = text.firstIndex(of: byte) else { return nil }
    let rest = text[(at + 1)...]
    text = text[..<at]
    return rest
  }

  private static func hasLeadingZero(_ number: ArraySlice<UInt8>) -> Bool { number.count > 1 && number.hasPrefix("0") }
}
