/// A version of semver.org 2.0.0. Build metadata is read and forgotten: it plays no part in any comparison.
struct SemVer {
  let major: UInt64
  let minor: UInt64
  let patch: UInt64
  let preRelease: PreRelease

  /// Nil for text that is no whole version.
  init?(_ text: [UInt8]) {
    var scanner = SemVerScanner(text)
    guard let major = scanner.number(), scanner.take(UInt8(ascii: ".")), let minor = scanner.number(),
      scanner.take(UInt8(ascii: ".")), let patch = scanner.number(), let preRelease = scanner.preRelease(),
      scanner.skipBuild(), scanner.isAtEnd
    else { return nil }
    self.major = major
    self.minor = minor
    self.patch = patch
    self.preRelease = preRelease
  }
}

/// The identifiers behind a version's hyphen, none for a release (§9). §11.4: they are compared one by one, and a release is higher
/// than what leads to it.
struct PreRelease {
  let identifiers: [ArraySlice<UInt8>]

  var isEmpty: Bool { identifiers.isEmpty }

  /// Below 0 if this one is lower, above 0 if it is higher.
  func compared(to other: PreRelease) -> Int {
    if isEmpty || other.isEmpty { return (isEmpty ? 1 : 0) - (other.isEmpty ? 1 : 0) }
    for (mine, others) in zip(identifiers, other.identifiers) {
      let order = Self.compare(mine, others)
      if order != 0 { return order }
    }
    return identifiers.count - other.identifiers.count
  }

  /// Numbers by value, and below everything else; text by its bytes.
  private static func compare(_ a: ArraySlice<UInt8>, _ b: ArraySlice<UInt8>) -> Int {
    let (aIsNumber, bIsNumber) = (a.allSatisfy(isDigit), b.allSatisfy(isDigit))
    if aIsNumber != bIsNumber { return aIsNumber ? -1 : 1 }
    // numbers have no zeros in front, so the longer one is larger
    if aIsNumber, a.count != b.count { return a.count - b.count }
    for (mine, others) in zip(a, b) where mine != others { return Int(mine) - Int(others) }
    return a.count - b.count
  }
}

/// Reads the parts of versions and ranges.
struct SemVerScanner {
  private var rest: ArraySlice<UInt8>

  init(_ text: [UInt8]) { rest = text[...] }

  var isAtEnd: Bool { rest.isEmpty }

  mutating func skipSpaces() { rest = rest.drop { $0 == 0x20 } }

  mutating func take(_ byte: UInt8) -> Bool {
    guard rest.first == byte else { return false }
    rest = rest.dropFirst()
    return true
  }

  /// `*`, `x` or `X`.
  mutating func takeWildcard() -> Bool { take(UInt8(ascii: "*")) || take(UInt8(ascii: "x")) || take(UInt8(ascii: "X")) }

  /// A number below 2^64 without zeros in front.
  mutating func number() -> UInt64? {
    let digits = rest.prefix(while: isDigit)
    guard let value = parseDecimal(digits), digits.count == 1 || digits.first != UInt8(ascii: "0") else { return nil }
    rest = rest.dropFirst(digits.count)
    return value
  }

  /// What stands behind a hyphen; empty if there is none, nil if it is malformed.
  mutating func preRelease() -> PreRelease? {
    guard take(UInt8(ascii: "-")) else { return PreRelease(identifiers: []) }
    guard let found = identifiers() else { return nil }
    for identifier in found
    where identifier.count > 1 && identifier.first == UInt8(ascii: "0") && identifier.allSatisfy(isDigit) {
      return nil
    }
    return PreRelease(identifiers: found)
  }

  /// Passes what stands behind a plus sign, if there is one; false if it is malformed.
  mutating func skipBuild() -> Bool { !take(UInt8(ascii: "+")) || identifiers() != nil }

  /// Letters, digits and hyphens in groups that dots divide, none empty.
  private mutating func identifiers() -> [ArraySlice<UInt8>]? {
    var found: [ArraySlice<UInt8>] = []
    repeat {
      let identifier = rest.prefix { isDigit($0) || isLetter($0) || $0 == UInt8(ascii: "-") }
      if identifier.isEmpty { return nil }
      rest = rest.dropFirst(identifier.count)
      found.append(identifier)
    } while take(UInt8(ascii: "."))
    return found
  }
}
