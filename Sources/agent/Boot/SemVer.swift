/// A version of semver.org 2.0.0, or the beginning of one, as ranges have them. Build metadata is read and forgotten: it plays no part
/// in any comparison.
struct SemVer {
  /// Major, minor and patch; one at least.
  private(set) var numbers: [UInt64]
  /// Whether wildcards stand for the numbers that are missing.
  private(set) var hasWildcard = false
  /// What stands behind the hyphen (§9), empty for a release. Only where all three numbers are there.
  private(set) var preRelease: [UInt8] = []

  /// A whole version; nil for other text.
  init?(_ text: [UInt8]) {
    var scanner = SemVerScanner(text)
    self.init(&scanner)
    guard numbers.count == 3, scanner.isAtEnd else { return nil }
  }

  init?(_ scanner: inout SemVerScanner) {
    guard let major = scanner.number() else { return nil }
    numbers = [major]
    var parts = 1
    while parts < 3, scanner.take(UInt8(ascii: ".")) {
      parts += 1
      if scanner.takeWildcard() {
        hasWildcard = true
      } else {
        // a number behind a wildcard means nothing
        guard !hasWildcard, let number = scanner.number() else { return nil }
        numbers.append(number)
      }
    }
    if numbers.count < 3 { return }
    if scanner.take(UInt8(ascii: "-")) {
      guard let identifiers = scanner.identifiers(areCompared: true) else { return nil }
      preRelease = identifiers
    }
    if scanner.take(UInt8(ascii: "+")), scanner.identifiers(areCompared: false) == nil { return nil }
  }

  /// Whether a version is above 0, equal 0 or below 0, by as many of the first numbers as both have, `count` at most.
  func order(_ other: SemVer, of count: Int) -> Int {
    var index = 0
    while index < count, index < numbers.count, index < other.numbers.count {
      if numbers[index] != other.numbers[index] { return numbers[index] < other.numbers[index] ? -1 : 1 }
      index += 1
    }
    return 0
  }

  /// §11.4: identifiers are compared one by one, and a release is higher than what leads to it. Below 0 if this one is lower.
  func preReleaseOrder(_ other: SemVer) -> Int {
    let (mine, others) = (preRelease, other.preRelease)
    if mine.isEmpty || others.isEmpty { return (mine.isEmpty ? 1 : 0) - (others.isEmpty ? 1 : 0) }
    var (mineAt, othersAt) = (0, 0)
    while mineAt < mine.count, othersAt < others.count {
      let (mineEnd, othersEnd) = (Self.end(mine, mineAt), Self.end(others, othersAt))
      let order = Self.compare(mine[mineAt..<mineEnd], others[othersAt..<othersEnd])
      if order != 0 { return order }
      (mineAt, othersAt) = (mineEnd + 1, othersEnd + 1)
    }
    return (mineAt < mine.count ? 1 : 0) - (othersAt < others.count ? 1 : 0)
  }

  /// Where the identifier that begins at an index ends.
  private static func end(_ identifiers: [UInt8], _ start: Int) -> Int {
    var end = start
    while end < identifiers.count, identifiers[end] != UInt8(ascii: ".") { end += 1 }
    return end
  }

  /// Numbers by value, and below everything else; text by its bytes.
  private static func compare(_ a: ArraySlice<UInt8>, _ b: ArraySlice<UInt8>) -> Int {
    let (aIsNumber, bIsNumber) = (SemVerScanner.isNumber(a), SemVerScanner.isNumber(b))
    if aIsNumber != bIsNumber { return aIsNumber ? -1 : 1 }
    // numbers have no zeros in front, so the longer one is larger
    if aIsNumber, a.count != b.count { return a.count - b.count }
    var index = 0
    while index < a.count, index < b.count {
      let (mine, others) = (a[a.startIndex + index], b[b.startIndex + index])
      if mine != others { return Int(mine) - Int(others) }
      index += 1
    }
    return a.count - b.count
  }
}

/// Reads the parts of versions and ranges.
struct SemVerScanner {
  private let text: [UInt8]
  private var position = 0

  init(_ text: [UInt8]) { self.text = text }

  var isAtEnd: Bool { position == text.count }

  /// 0, which is no part of anything, at the end.
  private var next: UInt8 { position < text.count ? text[position] : 0 }

  mutating func skipSpaces() { while take(0x20) {} }

  mutating func take(_ byte: UInt8) -> Bool {
    guard next == byte else { return false }
    position += 1
    return true
  }

  /// `*`, `x` or `X`.
  mutating func takeWildcard() -> Bool { take(UInt8(ascii: "*")) || take(UInt8(ascii: "x")) || take(UInt8(ascii: "X")) }

  /// A number below 2^64 without zeros in front.
  mutating func number() -> UInt64? {
    let start = position
    while isDigit(next) { position += 1 }
    if position > start + 1, text[start] == UInt8(ascii: "0") { return nil }
    return parseDecimal(text[start..<position])
  }

  /// Letters, digits and hyphens in groups that dots divide, none empty; nil for anything else. Numbers that are compared have no zeros
  /// in front.
  mutating func identifiers(areCompared: Bool) -> [UInt8]? {
    let all = position
    repeat {
      let start = position
      while isDigit(next) || isLetter(next) || next == UInt8(ascii: "-") { position += 1 }
      if position == start { return nil }
      if areCompared, position > start + 1, text[start] == UInt8(ascii: "0"), Self.isNumber(text[start..<position]) {
        return nil
      }
    } while take(UInt8(ascii: "."))
    return Array(text[all..<position])
  }

  /// Whether it is digits alone.
  static func isNumber(_ identifier: ArraySlice<UInt8>) -> Bool {
    for byte in identifier where !isDigit(byte) { return false }
    return true
  }
}
