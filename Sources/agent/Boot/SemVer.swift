/// A version of semver.org 2.0.0, or the beginning of one, as ranges have them. Build metadata is read and forgotten: it plays no part
/// in any comparison.
final class SemVer {
  /// Major, minor and patch; one at least.
  private(set) var numbers: [UInt64] = []
  /// Whether wildcards stand for the numbers that are missing.
  private(set) var hasWildcard = false
  /// What stands behind the hyphen (§9), empty for a release. Only where all three numbers are there.
  let preRelease: ArraySlice<UInt8>

  /// A whole version; nil for other text.
  convenience init?(_ text: [UInt8]) {
    self.init(beginning: text[...])
    guard numbers.count == 3 else { return nil }
  }

  /// Nil for text that begins no version.
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
        // a number behind a wildcard means nothing
        guard !hasWildcard, !Self.hasLeadingZero(part), let number = parseDecimal(part) else { return nil }
        numbers.append(number)
      }
    }
    if suffix != nil || build != nil, numbers.count < 3 { return nil }
    if let suffix, !Self.areIdentifiers(suffix, areCompared: true) { return nil }
    if let build, !Self.areIdentifiers(build, areCompared: false) { return nil }
  }

  static func isWildcard(_ text: ArraySlice<UInt8>) -> Bool { text.matches("*") || text.matches("x") || text.matches("X") }

  /// Whether a version is above 0, equal 0 or below 0, by as many of the first numbers as both have, `count` at most.
  func order(_ other: SemVer, of count: Int) -> Int {
    for index in 0..<min(count, numbers.count, other.numbers.count) where numbers[index] != other.numbers[index] {
      return numbers[index] < other.numbers[index] ? -1 : 1
    }
    return 0
  }

  /// §11.4: identifiers are compared one by one, and a release is higher than what leads to it. Below 0 if this one is lower.
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

  /// Numbers by value, and below everything else; text by its bytes.
  private static func compare(_ a: ArraySlice<UInt8>, _ b: ArraySlice<UInt8>) -> Int {
    let isNumber = a.allSatisfy(isDigit)
    if isNumber != b.allSatisfy(isDigit) { return isNumber ? -1 : 1 }
    // numbers have no zeros in front, so the longer one is larger
    if isNumber, a.count != b.count { return a.count - b.count }
    for (mine, others) in zip(a, b) where mine != others { return mine < others ? -1 : 1 }
    return a.count - b.count
  }

  /// Letters, digits and hyphens in groups that dots divide, none empty. Numbers that are compared have no zeros in front.
  private static func areIdentifiers(_ text: ArraySlice<UInt8>, areCompared: Bool) -> Bool {
    identifiers(text).allSatisfy { identifier in
      !identifier.isEmpty && identifier.allSatisfy { isAlphanumeric($0, or: "-") }
        && !(areCompared && hasLeadingZero(identifier) && identifier.allSatisfy(isDigit))
    }
  }

  /// Cuts a text at the first such byte; what stood behind it, nil if there is none.
  private static func cut(_ text: inout ArraySlice<UInt8>, _ byte: UInt8) -> ArraySlice<UInt8>? {
    guard let at = text.firstIndex(of: byte) else { return nil }
    let rest = text[(at + 1)...]
    text = text[..<at]
    return rest
  }

  private static func hasLeadingZero(_ number: ArraySlice<UInt8>) -> Bool { number.count > 1 && number.hasPrefix("0") }
}
